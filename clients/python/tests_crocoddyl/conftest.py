"""Crocoddyl's solvers on the server's derivatives; run by clients/python/check crocoddyl."""

import os

os.environ.pop("GAITWAY_SERVER", None)
os.environ.pop("GAITWAY_PARENT_SERVER", None)
