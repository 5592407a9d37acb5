"""Providers behind small protocols, one folder each, and the cascade that joins them."""

import os

# Since 1.29 onnxruntime's Linux wheels report each session, with hashes of the model and an id of
# the machine, to events.data.microsoft.com. The variable is read once, at import:
# `onnxruntime.disable_telemetry_events()` would be too late. In CI the telemetry is off by default,
# so tests would not show it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
