"""One provider a file behind small protocols; the cascade that joins them."""

import os

# Since 1.29 onnxruntime's Linux wheels report each session, with hashes of the model and an
# id of the machine, to events.data.microsoft.com. It reads this once, when it is imported;
# `onnxruntime.disable_telemetry_events()` comes too late, and CI hides it by turning it off.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
