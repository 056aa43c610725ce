#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/solvers/curvature.hpp>
#include <bregman/solvers/dual_problem.hpp>

/// \file
/// Steps on the dual. Each has `bool advance(problem, state)`, which moves the state by one iteration of one
/// operator pair and is false when no progress can be made, and `reset()`, called when delta has changed.

namespace bregman {

/// Gradient steps of length h / (delta ||A||^2): converges for h < 2. The classical linearised Bregman
/// iteration. With kicking (Osher, Mao, Dong, Yin 2010) a stagnating residual makes s steps at once, where s
/// is the first number of steps at which a zero of x becomes non-zero. The paper moves z on the zeros alone, and z is then
/// A^T y of no y; here all of z moves, as far as the dual falls.
template <class T>
class fixed_step {
    using real = real_of<T>;

  public:
    fixed_step(real h, real norm_squared, bool kicking, real kick_tolerance)
        : h_(h), curvature_(norm_squared), kicking_(kicking), kick_tolerance_(kick_tolerance) {}

    template <class Problem>
    bool advance(Problem& problem, dual_state<T>& at) {
        problem.a.apply_transposed(at.residual, w_);
        const real delta = problem.primal.delta, before = at.residual.norm();
        real t = h_ / (delta * curvature_.bound());
        if (!(t > real(0)) || !is_finite(t)) return false;
        const bool kicks = kicking_ && stagnates_;
        if (kicks) t = kicked(problem, at, t);
        before_ = at.residual;
        problem.move(at, t, at.residual, w_);
        problem.update(at);
        curvature_.sees(delta * t * before, (at.residual - before_).norm(), problem.b.norm());
        // A kick leaves the support alone, which therefore gets a step of its own after each.
        stagnates_ = !kicks && std::abs(at.residual.norm() - before) <= kick_tolerance_ * before;
        return true;
    }
    void reset() { stagnates_ = false; }

  private:
    /// The length of a kick.
    template <class Problem>
    real kicked(Problem& problem, const dual_state<T>& at, real t) {
        const real lambda = problem.primal.lambda;
        real steps = infinity_of<real>();
        if constexpr (std::is_same_v<T, real>)
            for (index_t i = 0; i < at.z.size(); ++i)
                if (at.x[i] == real(0) && w_[i] != real(0))
                    steps = std::min(steps, std::ceil((lambda + sign(w_[i]) * at.z[i]) / (t * std::abs(w_[i]))));
        const real best = exact_step(problem.primal, at.z, w_, inner(problem.b, at.residual), t);
        const real longest = is_finite(steps) ? std::max(steps, real(1)) * t : best;
        return is_finite(best) && best > t ? std::min(longest, best) : t;
    }

    real h_;
    curvature_watch<T> curvature_;
    bool kicking_;
    real kick_tolerance_;
    bool stagnates_ = true; // at the start x = 0 and stays 0 until z leaves [-lambda, lambda]
    dense_vector<T> w_, before_;
};

/// Nesterov's acceleration of fixed steps (Huang, Ma, Goldfarb 2013), begun anew when momentum points uphill
/// (O'Donoghue, Candes 2015) where `restart` is on.
template <class T>
class accelerated_step {
    using real = real_of<T>;

  public:
    accelerated_step(real h, real norm_squared, bool restart) : h_(h), curvature_(norm_squared), restart_(restart) {}

    template <class Problem>
    bool advance(Problem& problem, dual_state<T>& at) {
        problem.a.apply_transposed(at.residual, w_);
        const real delta = problem.primal.delta, t = h_ / (delta * curvature_.bound());
        if (!(t > real(0)) || !is_finite(t)) return false;
        if (y_.size() == 0) y_ = at.y, z_ = at.z;
        y_new_ = at.y - t * at.residual;
        z_new_ = at.z - t * w_;
        if (restart_ && inner(at.residual, y_new_ - y_) > real(0)) theta_ = 1;
        const real next = real(0.5) * theta_ * (std::sqrt(theta_ * theta_ + 4) - theta_);
        const real beta = theta_ * (1 - theta_) / (theta_ * theta_ + next);
        before_ = at.residual;
        moved_ = at.y;
        at.y = y_new_ + beta * (y_new_ - y_);
        at.z = z_new_ + beta * (z_new_ - z_);
        theta_ = next;
        y_.swap(y_new_), z_.swap(z_new_);
        problem.update(at);
        if (curvature_.sees(delta * (at.y - moved_).norm(), (at.residual - before_).norm(), problem.b.norm()))
            theta_ = 1;
        return true;
    }
    void reset() {
        theta_ = 1;
        y_.resize(0), z_.resize(0);
    }

  private:
    real h_;
    curvature_watch<T> curvature_;
    bool restart_;
    real theta_ = 1;
    dense_vector<T> w_, y_, z_, y_new_, z_new_, before_, moved_;
};

/// Gradient steps of length ||r||^2 / (delta ||A^T r||^2) (Lorenz, Schoepfer, Wenger 2014): no ||A|| needed.
template <class T>
class dynamic_step {
    using real = real_of<T>;

  public:
    template <class Problem>
    bool advance(Problem& problem, dual_state<T>& at) {
        problem.a.apply_transposed(at.residual, w_);
        const real squares = w_.squaredNorm();
        if (!(squares > real(0)) || !is_finite(squares)) return false;
        problem.move(at, at.residual.squaredNorm() / (problem.primal.delta * squares), at.residual, w_);
        problem.update(at);
        return true;
    }
    void reset() {}

  private:
    dense_vector<T> w_;
};

/// Steepest descent: the step minimises f along the residual.
template <class T>
class exact_line_step {
    using real = real_of<T>;

  public:
    template <class Problem>
    bool advance(Problem& problem, dual_state<T>& at) {
        problem.a.apply_transposed(at.residual, w_);
        const real guess = at.residual.squaredNorm() / (problem.primal.delta * w_.squaredNorm());
        const real t = exact_step(problem.primal, at.z, w_, inner(problem.b, at.residual), guess);
        if (!(t > real(0)) || !is_finite(t)) return false;
        problem.move(at, t, at.residual, w_);
        problem.update(at);
        return true;
    }
    void reset() {}

  private:
    dense_vector<T> w_;
};

/// Barzilai and Borwein's step s's / s'q (s the last move of y, q the change of the residual), kept by a
/// non-monotone line search: f may not exceed the largest of its last `memory` values (Grippo, Lampariello,
/// Lucidi 1986; Raydan 1997). The first step is exact.
template <class T>
class barzilai_borwein_step {
    using real = real_of<T>;

  public:
    explicit barzilai_borwein_step(int memory) : memory_(std::size_t(memory)) {}

    template <class Problem>
    bool advance(Problem& problem, dual_state<T>& at) {
        problem.a.apply_transposed(at.residual, w_);
        const real squares = at.residual.squaredNorm();
        real t = length(problem, at, squares);
        if (!(t > real(0)) || !is_finite(t)) return false;
        if (values_.empty()) values_.push_back(problem.objective(at, real(0), at.residual, w_, trial_, x_));
        const real highest = *std::max_element(values_.begin(), values_.end());
        const real rounding = 16 * std::numeric_limits<real>::epsilon() * std::abs(highest);
        real value = 0;
        for (int halvings = 0;; ++halvings, t /= 2) {
            if (halvings == 40) return false;
            value = problem.objective(at, t, at.residual, w_, trial_, x_);
            if (value <= highest - real(1e-4) * t * squares + rounding) break;
        }
        if (values_.size() == memory_) values_.erase(values_.begin());
        values_.push_back(value);
        previous_ = at.residual;
        last_ = t;
        problem.move(at, t, at.residual, w_);
        problem.update(at);
        return true;
    }
    void reset() {
        values_.clear();
        previous_.resize(0);
    }

  private:
    template <class Problem>
    real length(Problem& problem, const dual_state<T>& at, real squares) const {
        if (previous_.size() > 0) {
            const real curvature = previous_.squaredNorm() - inner(previous_, at.residual); // s'q / last
            if (curvature > real(0)) return last_ * previous_.squaredNorm() / curvature;
        }
        const real guess = squares / (problem.primal.delta * w_.squaredNorm());
        return exact_step(problem.primal, at.z, w_, inner(problem.b, at.residual), guess);
    }

    std::size_t memory_;
    std::vector<real> values_;
    real last_ = 0;
    dense_vector<T> w_, previous_, trial_, x_;
};

/// L-BFGS on f (Nocedal 1980; for this dual: Yin 2010) with exact line searches.
template <class T>
class lbfgs_step {
    using real = real_of<T>;

  public:
    explicit lbfgs_step(int memory) : memory_(std::size_t(memory)) {}

    template <class Problem>
    bool advance(Problem& problem, dual_state<T>& at) {
        if (step(problem, at)) return true;
        if (moves_.empty()) return false;
        reset(); // once more along the gradient itself
        return step(problem, at);
    }
    void reset() { moves_.clear(); }

  private:
    struct move {
        dense_vector<T> s, q;
        real inner;
    };

    template <class Problem>
    bool step(Problem& problem, dual_state<T>& at) {
        direction(at.residual);
        problem.a.apply_transposed(d_, w_);
        const real slope = inner(at.residual, d_);
        if (!(slope > real(0))) return false;
        const real guess = slope / (problem.primal.delta * w_.squaredNorm());
        const real t = exact_step(problem.primal, at.z, w_, inner(problem.b, d_), guess);
        if (!(t > real(0)) || !is_finite(t)) return false;
        move next{-t * d_, at.residual, 0};
        problem.move(at, t, d_, w_);
        problem.update(at);
        next.q = at.residual - next.q;
        next.inner = inner(next.s, next.q);
        if (next.inner > std::numeric_limits<real>::epsilon() * next.s.norm() * next.q.norm()) {
            if (moves_.size() == memory_) moves_.erase(moves_.begin());
            moves_.push_back(std::move(next));
        }
        return true;
    }

    /// d = H r by the two loops.
    void direction(const dense_vector<T>& residual) {
        d_ = residual;
        alpha_.resize(moves_.size());
        for (std::size_t i = moves_.size(); i-- > 0;) {
            alpha_[i] = inner(moves_[i].s, d_) / moves_[i].inner;
            d_ -= alpha_[i] * moves_[i].q;
        }
        if (!moves_.empty()) d_ *= moves_.back().inner / moves_.back().q.squaredNorm();
        for (std::size_t i = 0; i < moves_.size(); ++i)
            d_ += (alpha_[i] - inner(moves_[i].q, d_) / moves_[i].inner) * moves_[i].s;
    }

    std::size_t memory_;
    std::vector<move> moves_;
    std::vector<real> alpha_;
    dense_vector<T> d_, w_;
};

} // namespace bregman
