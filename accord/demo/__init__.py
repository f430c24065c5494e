"""The demonstration: found an exchange, emit, seal, publish, verify, project, and show what a coordinator sees."""

from accord.demo.founding import Places
from accord.demo.play import EXAMPLES, run
from accord.demo.show import render

__all__ = ["EXAMPLES", "Places", "render", "run"]
