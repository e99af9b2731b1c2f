"""The operation on a run's execution plan."""

from graphlib import TopologicalSorter

from dagster_ops_cli.adapters.union import expect, parse, reading_answer
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run.plan import RunPlan

GET_RUN_PLAN = """
query OpsGetRunPlan($runId: ID!) {
  runOrError(runId: $runId) {
    __typename
    ... on Run {
      stepKeysToExecute
      executionPlan { steps { key inputs { dependsOn { key } } } }
    }
    ... on Error { message }
  }
}
"""


def get_run_plan(client: GraphQLClient, run_id: str) -> RunPlan | None:
    """Return the steps of a run, each after those that it depends on, or None if Dagster does not know them (yet).

    Raises NotFoundError.
    """
    run = expect(client.execute(GET_RUN_PLAN, {"runId": run_id}), "runOrError", "Run")
    if not run.get("executionPlan"):
        return None
    with reading_answer():
        steps = run["executionPlan"].get("steps") or []
        # The plan is that of the whole job; a run may execute only a part of it.
        chosen = run.get("stepKeysToExecute") or [step["key"] for step in steps]
        # Sorted, because the order in which Dagster lists the steps changes from call to call.
        needs = {
            step["key"]: sorted({need["key"] for each in step["inputs"] for need in each["dependsOn"]} & set(chosen))
            for step in sorted(steps, key=lambda step: str(step["key"]))
            if step["key"] in chosen
        }
        return parse(RunPlan, {"needs": {key: needs[key] for key in TopologicalSorter(needs).static_order()}})
