"""Rebuilds a projection from a home's verified logs in another interleaving, to compare digests."""

from __future__ import annotations
