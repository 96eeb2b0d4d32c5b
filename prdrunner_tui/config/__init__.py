"""Configuration: models, layers (user < repo < run), trust pins, the template that ``init`` writes."""

from prdrunner_tui.config.layers import Loaded, load
from prdrunner_tui.config.models import Config

__all__ = ["Config", "Loaded", "load"]
