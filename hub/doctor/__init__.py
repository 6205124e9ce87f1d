"""Examines one machine for what a hub needs. Each examination looks and changes nothing, but for a scratch file."""

from hub.doctor.examine import Finding, examine

__all__ = ["Finding", "examine"]
