"""Reading what test programs print: how many ran, which failed, and what follows from it. Pure over streams."""

from prdrunner_tui.testreports.judge import Verdict, failure_signature, verdict
from prdrunner_tui.testreports.reader import check_ran, junit_path, read
from prdrunner_tui.testreports.report import Failure, Report

__all__ = [
    "Failure",
    "Report",
    "Verdict",
    "check_ran",
    "failure_signature",
    "junit_path",
    "read",
    "verdict",
]
