"""What the effects of a step do to the world, one module a matter; each looks at the world before it acts."""
