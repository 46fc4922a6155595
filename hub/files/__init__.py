"""Plan files: YAML or JSON on disk, read strictly, written back with comments, order and layout kept."""

from hub.files.reader import PlanFile, load, load_given
from hub.files.writer import save, update

__all__ = ["PlanFile", "load", "load_given", "save", "update"]
