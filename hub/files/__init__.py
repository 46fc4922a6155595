"""Plan files: YAML or JSON on disk, read strictly, written back with comments, order and layout kept."""

from hub.files.reader import PlanFile, load
from hub.files.writer import save, update

__all__ = ["PlanFile", "load", "save", "update"]
