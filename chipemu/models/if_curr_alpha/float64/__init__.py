"""IF_curr_alpha in double precision: the same steps in the same order, rounded nowhere else."""
