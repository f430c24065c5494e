"""Events per second beside two peers, in one run; see docs/performance.md."""
