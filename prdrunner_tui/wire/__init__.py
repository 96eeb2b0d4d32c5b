"""How a front end and the engine speak: the EngineClient protocol and the messages of the control socket."""
