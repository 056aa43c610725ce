#pragma once

// Each function runs the code that a page of docs/ shows and says whether it did what the page says.
bool sign_direction_works();
bool nonnegative_l1_works();
bool own_law_works();
bool own_observer_works();
bool groups_work();
bool readme_works();
bool solver_works();
bool noisy_solver_works();
bool certificate_works();
bool own_operator_works();
