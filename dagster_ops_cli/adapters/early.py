"""The first documents of long lists. They are sent while the code that reads the answers is loaded.

So this file uses the standard library only.
"""

from collections.abc import Sequence

from dagster_ops_cli.schemas.enums import SCHEDULE, SENSOR

_NODE = """
    assetKey { path }
    groupName
    computeKind
    owners { __typename ... on UserAssetOwner { email } ... on TeamAssetOwner { team } }
    isExecutable
    isObservable
    jobNames
    repository { name location { name } }
    dependencyKeys { path }
    partitionDefinition { type }
"""
_LOCATIONS = """
  workspaceOrError {
    __typename
    ... on Workspace {
      locationEntries {
        name
        loadStatus
        locationOrLoadError {
          __typename
          ... on RepositoryLocation { repositories { name } }
          ... on PythonError { message causes { message } }
        }
      }
    }
    ... on Error { message }
  }
"""

LIST_ASSETS = f"""
query OpsListAssets {{
  assetNodes {{{_NODE}
    tags {{ key value }}
    kinds
  }}
{_LOCATIONS}
}}
"""

# Before 1.8.
LIST_OLD_ASSETS = f"""
query OpsListOldAssets {{
  assetNodes {{{_NODE}
  }}
{_LOCATIONS}
}}
"""

# The ticks of a list; the newest one may not have ended yet.
_LAST_TICKS = """
        ticks(limit: 2) @include(if: $ticks) {
          timestamp
          status
          skipReason
          runIds
          error { message className causes { message className } }
        }
"""
# Two past ticks, because the newer one may be too recent to count as missed, and the next one.
LIST_AUTOMATION = f"""
query OpsListAutomation($schedules: Boolean!, $sensors: Boolean!, $ticks: Boolean!) {{
  workspaceOrError {{
    __typename
    ... on Workspace {{
      locationEntries {{
        name
        loadStatus
        updatedTimestamp
        locationOrLoadError {{
          __typename
          ... on RepositoryLocation {{
            repositories {{
              name
              schedules @include(if: $schedules) {{
                name
                cronSchedule
                executionTimezone
                pipelineName
                defaultStatus
                canReset
                potentialTickTimestamps(lowerLimit: 2, upperLimit: 1) @include(if: $ticks)
                scheduleState {{ ...State }}
              }}
              sensors @include(if: $sensors) {{
                name
                jobOriginId
                sensorType
                minIntervalSeconds
                targets {{ pipelineName }}
                defaultStatus
                canReset
                sensorState {{ ...State }}
              }}
            }}
          }}
          ... on PythonError {{ message causes {{ message }} }}
        }}
      }}
    }}
    ... on Error {{ message }}
  }}
}}
fragment State on InstigationState {{
  id
  selectorId
  status
  typeSpecificData {{ ... on ScheduleData {{ startTimestamp }} ... on SensorData {{ lastTickTimestamp }} }}
{_LAST_TICKS}}}
"""


def automation_variables(types: Sequence[str], ticks: bool = True) -> dict[str, bool]:
    """Return the variables of LIST_AUTOMATION; ``ticks`` asks for the last and next ticks, too."""
    return {"schedules": SCHEDULE in types, "sensors": SENSOR in types, "ticks": ticks}
