"""Plan files: YAML or JSON on disk, read strictly, written back with comments, order and layout kept."""

from hub.files.reader import PlanFile, load

__all__ = ["PlanFile", "load"]
