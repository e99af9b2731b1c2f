"""`ops api automation`, and the verbs that schedules and sensors share."""

from dagster_ops_cli.schemas.enums import SCHEDULE, SENSOR

# The names in the examples of help.
EXAMPLES = {SCHEDULE: "nightly_schedule", SENSOR: "upload_sensor"}
