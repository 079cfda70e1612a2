"""A Beeper Desktop that anyone can run, for tests, the demo and trying things out."""

from .faults import Fault
from .login_settings import LoginSettings
from .scenario import Scenario, ScenarioError, load_scenario
from .server import Simulator
from .timings import Timings

__all__ = [
    "Fault",
    "LoginSettings",
    "Scenario",
    "ScenarioError",
    "Simulator",
    "Timings",
    "load_scenario",
]
