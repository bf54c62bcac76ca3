"""Who reads the logs: processes of this machine, or the workers of a Dask cluster. Both run the same work."""

from __future__ import annotations

import logging
import os
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NoReturn

from tacticlens.errors import UsageError
from tacticlens.extras import need
from tacticlens.fleet.entries import Entry
from tacticlens.fleet.reading import Portion

Outcome = list[Entry] | Exception
Completed = Iterator[tuple[Portion, Outcome]]
Work = Callable[[Portion], list[Entry]]

_ENVIRONMENT = {"POLARS_MAX_THREADS": "1"}
"""There is a process per core: threads of polars would only get into each other's way."""
_DASK_ON_THIS_MACHINE = {"distributed.deploy.lost-worker-timeout": "3650 days"}
"""LocalCluster drops a worker for good that dies a second time just so long after its first death (15 s by default)."""
_LOOK_SECONDS = 5.0
"""How long to wait for an answer before looking whether anybody can give one."""
_PATIENCE_SECONDS = 300.0
"""How long to wait for a worker: machines of a cluster that grows with its work need minutes to start."""


class WorkerLostError(Exception):
    """The process that read a portion was killed, or ran out of memory, and no other one could read it either."""


class Engine(ABC):
    """Takes portions and gives back what became of them, as they end."""

    @abstractmethod
    def submit(self, portion: Portion) -> None:
        """Have a portion read; also while others are under way."""

    @abstractmethod
    def completed(self) -> Completed:
        """Yield each portion with its entries, or with what kept it from being read; ends when none is left."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the workers."""


class LocalEngine(Engine):
    """Processes of this machine.

    When one of them dies, the portions that were under way are read again, each alone, so that what kills a process
    is known.

    Args:
        work: what to do with a portion.
        workers: number of processes; None = one per core.
    """

    def __init__(self, work: Work, workers: int | None) -> None:
        self._work = work
        self._workers = workers or cores()
        self._waiting: deque[Portion] = deque()
        self._suspects: deque[Portion] = deque()
        self._pool: Any = None

    def submit(self, portion: Portion) -> None:
        """Have a portion read."""
        self._waiting.append(portion)

    def completed(self) -> Completed:
        """Yield what became of the portions."""
        while self._waiting or self._suspects:
            yield from self._alone(self._suspects.popleft()) if self._suspects else self._together()

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, kill_workers=True)
            self._pool = None

    def _open(self, workers: int) -> Any:
        from loky import ProcessPoolExecutor

        if self._pool is None:
            self._pool = ProcessPoolExecutor(max_workers=workers, env=_ENVIRONMENT)
        return self._pool

    def _together(self) -> Completed:
        pool, under_way = self._open(self._workers), dict[Future[list[Entry]], Portion]()
        while self._waiting or under_way:
            # one more than there are workers: none waits, and few are suspect when one dies
            while self._waiting and len(under_way) <= self._workers:
                portion = self._waiting.popleft()
                try:
                    under_way[pool.submit(self._work, portion)] = portion
                except BrokenProcessPool:  # a process died since; the portions that were under way tell so
                    self._waiting.appendleft(portion)
                    break
            if not under_way:
                self.close()
                return
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                portion = under_way.pop(future)
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    self._suspects += [portion, *under_way.values()]
                    self.close()
                    return
                yield portion, error if isinstance(error, Exception) else future.result()

    def _alone(self, portion: Portion) -> Completed:
        self.close()
        future = self._open(1).submit(self._work, portion)
        error = future.exception()
        self.close()
        if isinstance(error, BrokenProcessPool):
            error = WorkerLostError("the process that read it was killed, or ran out of memory")
        yield portion, error if isinstance(error, Exception) else future.result()


class DaskEngine(Engine):
    """Workers of a Dask cluster; who reads what, and what happens when a worker dies, is Dask's business.

    What Dask does not do is give up: without a worker, or without its scheduler, a task waits for ever. So this asks
    now and then whether somebody is left to wait for.

    Args:
        work: what to do with a portion.
        scheduler: address of a running scheduler; None = a cluster on this machine.
        workers: number of its processes.
    """

    def __init__(self, work: Work, scheduler: str | None, workers: int | None) -> None:
        distributed = need("distributed")
        self._work = work
        self._cluster: Any = None
        try:
            if scheduler is None:
                need("dask").config.set(_DASK_ON_THIS_MACHINE)
                self._cluster = distributed.LocalCluster(
                    n_workers=workers or cores(),
                    threads_per_worker=1,
                    memory_limit=0,  # Dask would pause a worker for good that keeps much memory; results are files
                    dashboard_address=None,
                    # it opens a port even so; the usual one may be another cluster's, and Dask would warn of that
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                    silence_logs=logging.ERROR,  # a worker that is started again is no news to who collects
                    env=_ENVIRONMENT,
                )
            self._client = distributed.Client(scheduler or self._cluster, timeout="10s")
        except (OSError, ValueError, RuntimeError) as error:
            message = (
                f"--scheduler {scheduler}: cannot be reached ({error}); the address is as tcp://host:8786"
                if scheduler
                else f"a Dask cluster cannot be started on this machine ({error}); --engine local needs none"
            )
            raise UsageError(message) from None
        self._killed = distributed.KilledWorker
        self._done = SimpleQueue[Any]()
        self._portions: dict[str, Portion] = {}

    def submit(self, portion: Portion) -> None:
        """Have a portion read."""
        future = self._client.submit(self._work, portion, pure=False)
        self._portions[future.key] = portion
        future.add_done_callback(self._done.put)

    def completed(self) -> Completed:
        """Yield what became of the portions.

        Raises:
            UsageError: the scheduler is gone, or has been without a worker for long.
        """
        idle_since = None
        while self._portions:
            try:
                future = self._done.get(timeout=_LOOK_SECONDS)
            except Empty:
                idle_since = None if self._anybody_works() else idle_since or time.monotonic()
                if idle_since is not None and time.monotonic() - idle_since >= _PATIENCE_SECONDS:
                    message = (
                        f"no worker of the Dask cluster has taken work for {_PATIENCE_SECONDS:.0f} seconds: start "
                        "workers, or give them memory, and run collect again for the logs that are left"
                    )
                    raise UsageError(message) from None
                continue
            outcome = self._outcome(future)
            if outcome is not None:
                portion = self._portions.pop(future.key)
                future.release()  # else Dask reads the portion again when the worker that has the answer dies
                yield portion, outcome

    def close(self) -> None:
        """Let go of the workers, and end them if they were started here."""
        self._client.close()
        if self._cluster is not None:
            # it has ended its processes by then; a dead worker may have confused its list of them
            with suppress(Exception):
                self._cluster.close()

    def _outcome(self, future: Any) -> Outcome | None:
        """Return what became of a portion; None if it is not known yet, as the worker with the answer has died."""
        if future.status == "cancelled":
            self._raise_lost()
        if future.status == "error":
            error = future.exception()
            if isinstance(error, self._killed):
                return WorkerLostError("the workers that read it were killed, or ran out of memory")
            return error if isinstance(error, Exception) else RuntimeError(repr(error))
        try:
            entries: list[Entry] = future.result(timeout=_LOOK_SECONDS)
        except Exception:  # noqa: BLE001  whatever it is, Dask has the portion read again, and calls when that is done
            future.add_done_callback(self._done.put)
            return None
        return entries

    def _anybody_works(self) -> bool:
        """Tell whether a worker is there that takes work, or is busy."""
        if self._client.status != "running":
            self._raise_lost()
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return any(one["status"] == "running" or one["metrics"].get("executing") for one in workers)

    def _raise_lost(self) -> NoReturn:
        message = "the connection to the Dask scheduler is lost: run collect again for the logs that are left"
        raise UsageError(message)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
