"""Columns that several tables have."""

from typing import Annotated

from tacticlens.kernels import Family, TensorCore
from tacticlens.schema.declaration import Column

TACTIC_ID = "^0x[0-9a-f]{16}$"

Line = Annotated[int, Column("Line of the log, from 1.", least=1)]
LineOrFile = Annotated[
    int | None, Column("Line of the log, from 1; null = the row is from a file beside the log.", least=1)
]
BuildNumber = Annotated[int | None, Column("Number of the build, from 1 over the whole log.")]
LayerNumber = Annotated[int | None, Column("Number of the layer, from 1 over the whole log.")]
CombinationNumber = Annotated[int | None, Column("Number of the combination, from 1 over the whole log.")]
EngineNumber = Annotated[int | None, Column("Number of the network that was built; its builds share it.")]
Position = Annotated[int, Column("Position of the layer in the engine, from 1.")]
Run = Annotated[int, Column("Number of the program's run in the log; 0 before the first banner.")]

RunnerName = Annotated[str | None, Column("Implementation, as the builder names it.")]
RunnerId = Annotated[str | None, Column("Id of the runner, since TensorRT 8.6.")]
TacticId = Annotated[str, Column("Id of the tactic: 64 bits as 0x%016x.", pattern=TACTIC_ID)]
TacticIdOrNone = Annotated[str | None, Column("Id of the tactic: 64 bits as 0x%016x.", pattern=TACTIC_ID)]
TacticHash = Annotated[str | None, Column("Hash of the tactic: 64 bits as 0x%016x.", pattern=TACTIC_ID)]
Kernel = Annotated[str | None, Column("Name of the GPU kernel; null = the log prints none.")]
TimeMs = Annotated[float | None, Column("Time in milliseconds; null = not timed.", "ms")]
OpKey = Annotated[str | None, Column("Key of the operation in an editable timing cache.")]
OpNodes = Annotated[list[str] | None, Column("ONNX nodes of the operation; null = the log names none.")]

KernelFamily = Annotated[Family, Column("Kind of work that the kernel does.", derived=True)]
Gemm = Annotated[bool, Column("The family spends its time in matrix products.", derived=True)]
TensorCoreUse = Annotated[
    TensorCore, Column("Whether it runs on Tensor Cores, as far as the kernel's name tells.", derived=True)
]
Evidence = Annotated[
    str, Column("The part of the kernel's name that proves the answer, or why it is unknown.", derived=True)
]
