"""How all tests run: how many examples the laws get, who runs what, and the table of real plans at the end.

The quick examples are the same in every run, so that what fails was broken by a change; `HUB_THOROUGH=1` looks for
what nobody thought of, with new ones each time.
"""

import os
import re
from typing import Any

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("connectors.testing.conformance", "mappings.testing")

settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=400, deadline=None)
settings.load_profile("thorough" if os.environ.get("HUB_THOROUGH") else "quick")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Workers take whole files, so that what tests share is made once; of an acceptance test, each of its cases.

    In the order of their names: the long stories of `acceptance` come first.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            case = re.search(r"\[.*\]$", test)
            return f"{file}{case[0]}" if case and "/acceptance/" in file else file

    if config.getoption("dist") != "load":
        return None
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The real plans that were published, with what it took."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    rows = [value for report in reports for name, value in report.user_properties if name == "real plan"]
    if rows:
        from tests.acceptance.real_plans import table

        terminalreporter.section("real plans (Amplitude / Mixpanel / Segment / Snowplow)")
        terminalreporter.write_line(table(sorted(rows, key=lambda row: row["plan"])))
