"""Figures for supervisors: cases out of events and their timelines, summed up so that parts equal wholes."""
