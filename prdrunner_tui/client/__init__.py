"""The EngineClient over the control socket."""
