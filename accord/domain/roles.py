"""The seven roles of a Coordinated Community Response; an agency holds one."""

from __future__ import annotations

from typing import Final

OPERATIONAL: Final = ("law_enforcement", "prosecution", "court", "probation", "reeducation")
"""The roles that act on cases and publish their own acts."""

ROLES: Final = (*OPERATIONAL, "coordinator", "auditor")
"""Every role."""

WATCHING: Final = ("coordinator", "auditor")
"""The roles that are told of every grant; of those in files of incidents, only the first."""
