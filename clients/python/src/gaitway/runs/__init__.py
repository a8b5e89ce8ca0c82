"""What training has left on the disk: run directories and experiments, in numpy and pandas, and in TensorBoard.

    run = gaitway.runs.Run("runs/swimmer-vgps-h10-s0")
    run.metrics()["stochastic_cost"]            # an array, one entry for every iteration
    run.frame()                                 # the same as a pandas.DataFrame
    run.trajectories()["learned"].states        # the learned motion

    experiment = gaitway.runs.Experiment("runs/experiment")
    experiment.iterations()                     # iterations.csv as a pandas.DataFrame
    experiment.runs()                           # its Runs, complete or not

Runs are read without the program and without a server, and at any time, also while they are written: a line that is
half written is left for the next reading. What the files hold is in docs/run-directory.md and docs/experiment-files.md.
Frames need pandas: ``pip install "gaitway[runs]"``.

``python -m gaitway.runs tensorboard RUN_DIR... --logdir DIR --follow`` shows runs in TensorBoard as they go on.
"""

from gaitway.runs.experiment import Experiment, read_table
from gaitway.runs.run import Motion, Run, RunError, find

__all__ = ["Experiment", "Motion", "Run", "RunError", "find", "read_table"]
