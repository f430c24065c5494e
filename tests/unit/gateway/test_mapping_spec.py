"""The mapping in the specification loads, and does what the text says."""

import re

from accord.gateway.submission import Group
from tests.unit.gateway.mapping_kit import ROOT, mapping, outcomes

SPEC = (ROOT / "docs" / "spec" / "mapping.md").read_text()
(WHOLE,) = re.findall(r"```toml\n(.*?)```", SPEC, re.DOTALL)

ROWS = """arrest_no,case_no,charge,arrested,reported,status,officer,age
12345678,C1,Battery,2019-03-01T10:00:00,2019-03-02,Open,NA,30
12345679,C1,Child Abduction,,2019-03-02,Open,NA,30
12345680,C2,Battery,2019-03-03T10:00:00,2019-03-02,Open,NA,30
12345681,C2,Battery,2019-03-03T10:00:00,2019-03-02,Interview,NA,30
"""


def test_the_example_of_the_specification_works():
    assert mapping(WHOLE).kinds == ("ArrestMade", "CaseReferred")
    arrest, referral, late, nothing = outcomes(ROWS, WHOLE)
    assert [one.type for one in arrest.submissions] == ["ArrestMade", "CaseReferred"]
    assert [one.type for one in referral.submissions] == ["CaseReferred"]
    assert isinstance(late, Group)
    assert late.flags == ("the arrest is after the day it was reported",)
    assert nothing.why == "an interview is not an act that the exchange knows"
