"""The walkthrough: a small invented county, told by a seeded generator.

The county has every kind of event, violations, programme attendance and orders, which the real tables
lack. It invents no person: there are acts of agencies, dates, codes and official numbers. What goes wrong in
it goes wrong between agencies.
"""

from accord.walkthrough.act import Cite, Step
from accord.walkthrough.county import County
from accord.walkthrough.county_life import generate

__all__ = ["Cite", "County", "Step", "generate"]
