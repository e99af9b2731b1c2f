"""The tags that `ops` writes on runs and backfills; standard library only."""

# The backfill's name, a hash of what its file asks for, and which launch of that file it is: 1, 2, ...
TAG_NAME = "ops/backfill"
TAG_CONFIG = "ops/config"
TAG_ATTEMPT = "ops/attempt"
# The launch value, which all runs of one launch share, and how many partitions the launch has.
TAG_LAUNCH = "ops/launch"
TAG_TOTAL = "ops/total"
# The backfill that a retry repeats.
TAG_RETRY_OF = "ops/retry-of"
# Strategy runs only: which `ops` process launched the run, a digest of the launch's keys, and where its run config
# comes from. A few of the runs also carry the launch itself, in pieces.
TAG_WORKER = "ops/worker"
TAG_DIGEST = "ops/digest"
TAG_RUN_CONFIG = "ops/run-config"
# The names of run tags of the file, as a JSON list, that replaced tags of the job's code.
TAG_REPLACED = "ops/replaced-tags"
TAG_PLAN_OF = "ops/plan-of"
PLAN_PREFIX = "ops/plan-"
# A value that is unique to one request, to find the run of a request whose answer was lost.
TAG_REQUEST = "ops/request"
# The pipeline that launched the run.
TAG_COMMIT = "ops/commit"
TAG_PIPELINE_URL = "ops/pipeline-url"
TAG_TRIGGERED_BY = "ops/triggered-by"
