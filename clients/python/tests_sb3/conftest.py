"""Stable-Baselines3 on the server's environments; run by clients/python/check-sb3."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.pop("GAITWAY_SERVER", None)
os.environ.pop("GAITWAY_PARENT_SERVER", None)
