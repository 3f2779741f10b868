"""IF_curr_exp in double precision: the same steps in the same order, rounded nowhere else."""
