"""What a step does: pure sequences over the results of effects, and the effects themselves."""
