"""Where the sample projects lie: in the wheel under ``data/``, in a checkout at the top."""

from __future__ import annotations

from pathlib import Path


def samples_dir() -> Path:
    """The folder of the sample projects."""
    package = Path(__file__).parent.parent
    packed = package / "data" / "sample_projects"
    return packed if packed.is_dir() else package.parent / "sample_projects"
