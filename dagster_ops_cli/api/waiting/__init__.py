"""Polling, paging, lost answers and interrupts, for all APIs."""
