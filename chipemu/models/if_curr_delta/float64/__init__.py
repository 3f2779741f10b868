"""IF_curr_delta in double precision: the same steps in the same order, rounded nowhere else."""
