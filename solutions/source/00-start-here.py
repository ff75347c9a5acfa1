# ---
# jupyter:
#   course:
#     seconds: 60
# ---

# %% [markdown]
# # 00 · Start here: a warm-up
#
# Three small exercises, worth 3 points together, for about 12 minutes. Here you meet the checks before the work gets
# harder.
#
# In each exercise you fill in a cell. The cell after it checks what you wrote and gives one of three answers:
# **○ not written yet**, **✘ not yet**, with what differs and often a hint, or **✔ correct**. You can try as often as
# you like: nothing is counted but what is solved, and nothing leaves your computer. The chapter is
# [here](../chapters/00-start-here.ipynb).

# %%
import numpy as np

from course_lib.checks import start_here as check
from course_lib.experiments.start_here import mystery_pictures
from course_lib.page import show
from course_lib.plots.start_here import plot_lettered

# %% [markdown]
# ### Exercise 1 · How much ink?
# *implement · difficulty ★☆☆☆☆ · 5 minutes · 1 point*
#
# A picture is an array of numbers, one for each pixel: 0 is white paper, 1 is black ink, 0.5 is grey. Write a function
# that says how much of the picture is ink, as a share between 0 and 1.
#
# - In: `picture`, an array of shape (rows, columns), with any number of rows and columns.
# - Out: one number.
#
# Here is a picture of two pixels, one black and one grey. It holds 1.5 pixels of ink, a share of 0.75:

# %%
two_pixels = np.array([[1.0, 0.5]])

# %% [markdown]
# The lines with `>>>` are an example: what you type, and below it what comes back. Replace the line that begins with
# `raise`. Run the cell, then the one below it.


# %%
def ink(picture):
    """The share of ink in a picture.

    >>> float(ink(two_pixels))
    0.75
    """
    # BEGIN SOLUTION
    return picture.mean()
    # END SOLUTION


# %%
check.ink(ink)

# %% [markdown] tags=["solution"]
# A share is a sum divided by a count, and that is what a mean is. `picture.sum() / picture.size` says the same.

# %% [markdown]
# Stuck? Ask for a hint. Each time you run the next cell you get one more, until there are no more.

# %%
check.ink.hint()

# %% [markdown]
# ### Exercise 2 · Misread digits
# *predict · difficulty ★☆☆☆☆ · 2 minutes · 1 point*
#
# A network is shown 360 handwritten digits that it has never seen. It reads exactly 95 % of them right. How many does
# it misread? Work it out, then write the whole number in place of the three dots.

# %%
# BEGIN SOLUTION
misread = 18
# END SOLUTION

# %%
check.misread(misread)

# %% [markdown] tags=["solution"]
# 5 % are misread: 5 in every hundred, and there are 3.6 hundreds. 5 × 3.6 = 18.

# %% [markdown]
# ### Exercise 3 · What was done to these pictures?
# *diagnose · difficulty ★☆☆☆☆ · 5 minutes · 1 point*
#
# A network that reads digits knows them as they were scanned: dark ink on light paper, upright. Something was done to
# three of the four pictures below before the network got them, and it reads them badly. Look at them:

# %%
plot_lettered(mystery_pictures())
show(
    "Four pictures of digits, 8 by 8 pixels each, with the letters A to D: a 2, a 3, a 5 and a 4. "
    "A: dark on light, the foot of the 2 points to the left. "
    "B: dark on light, both bows of the 3 open to the left. "
    "C: light on dark, the bar of the 5 at the top. "
    "D: dark on light, the foot of the 4 at the top."
)

# %% [markdown]
# For each letter, say what was done to the picture: `"fine"` (nothing), `"mirrored"` (left and right swapped),
# `"upside down"` (top and bottom swapped) or `"inverted"` (ink and paper swapped). Your answer is a dict, from letters
# to words, like `{"A": "fine", "B": "fine", "C": "fine", "D": "fine"}`.

# %%
# BEGIN SOLUTION
what_was_done = {"A": "mirrored", "B": "fine", "C": "inverted", "D": "upside down"}
# END SOLUTION

# %%
check.what_was_done(what_was_done)

# %% [markdown] tags=["solution"]
# The foot of the 2 points left, so A is mirrored. C is light on dark. The 4 in D stands on its head. To you these are
# still digits. To a network trained on upright dark ink they are pictures of a kind that it has never seen, and it
# answers all the same. Looking at the data is the first thing to do when a network reads badly.

# %% [markdown]
# That is all there is to working here. On to [the first chapter](../chapters/01-neurons.ipynb).
