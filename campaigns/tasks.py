"""Background work of campaigns. Every task takes ids or nothing and may run twice; the rows in the database are the work."""

import os
import socket
import uuid

import structlog
from celery import shared_task

from campaigns import arbiter, decisions, editions, learning, lifecycle, outbox, planting, simulation

log = structlog.get_logger(__name__)

BATCH = 50
BATCHES_PER_RUN = 200


@shared_task(name="campaigns.work_outbox")
def work_outbox() -> int:
    """Send what is due, batch by batch; returns how many messages were taken up."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    done = 0
    for _batch in range(BATCHES_PER_RUN):
        taken = outbox.work(BATCH, owner)
        if not taken:
            return done
        done += taken
    work_outbox.delay()
    return done


@shared_task(name="campaigns.sweep_outbox")
def sweep_outbox() -> dict[str, int]:
    """Put right what dead senders left, then send whatever is due."""
    done = outbox.sweep()
    if outbox.pending():
        done["taken"] = work_outbox()
    return done


@shared_task(name="campaigns.follow_up")
def follow_up() -> dict[str, int]:
    """Turn rejections and silence into next steps."""
    return learning.follow_up()


def wake_outbox() -> None:
    """Tell a worker that there is mail to send. A broker that is away breaks nothing: the sweeper looks every half minute."""
    try:
        work_outbox.delay()
    except Exception as error:  # whatever the broker's client raises: the row is the work, the wake-up is a courtesy
        log.warning("outbox.not_woken", error=type(error).__name__)


@shared_task(name="campaigns.expire_approvals")
def expire_approvals() -> int:
    """Take back to review what is approved no longer; returns how many approvals ended."""
    return lifecycle.expire()


@shared_task(name="campaigns.begin_policy")
def begin_policy() -> int:
    """Write down that a scheduled policy is in force now, where its moment has come; returns how many began (0 or 1)."""
    return 1 if editions.begin() else 0


@shared_task(name="campaigns.simulate_policy")
def simulate_policy(simulation_id: int) -> None:
    """Carry out one simulation of a policy."""
    simulation.run(simulation_id)


@shared_task(name="campaigns.sweep_simulations")
def sweep_simulations() -> int:
    """Carry out simulations that wait or whose worker died; returns how many."""
    waiting = simulation.sweep()
    for simulation_id in waiting:
        simulation.run(simulation_id)
    return len(waiting)


def wake_simulation(simulation_id: int) -> None:
    """Tell a worker; without a broker the sweep finds the row within a minute."""
    try:
        simulate_policy.delay(simulation_id)
    except Exception as error:  # as above: the row is the work
        log.warning("simulation.not_woken", error=type(error).__name__)


@shared_task(name="campaigns.arbitrate")
def arbitrate(run_id: int) -> None:
    """Carry out one arbitration."""
    arbiter.run(run_id)


@shared_task(name="campaigns.sweep_arbitrations")
def sweep_arbitrations() -> int:
    """Carry out the arbitration that is due, asked for or left by a dead worker; returns how many."""
    waiting = arbiter.sweep()
    for run_id in waiting:
        arbiter.run(run_id)
    return len(waiting)


def wake_arbitration(run_id: int) -> None:
    """Tell a worker; without a broker the sweep finds the row."""
    try:
        arbitrate.delay(run_id)
    except Exception as error:  # as above: the row is the work
        log.warning("arbitration.not_woken", error=type(error).__name__)


@shared_task(name="campaigns.seal")
def seal() -> dict[str, int]:
    """Link what was decided and done since the last time into the chain; returns how many rows of each log."""
    return decisions.seal()


@shared_task(name="campaigns.plant_draft")
def plant_draft() -> bool:
    """Put a planted draft into the queue if one is due; says whether it did."""
    return planting.by_the_clock() is not None
