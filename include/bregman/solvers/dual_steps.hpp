#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <bregman/base/finite.hpp>
#include <bregman/solvers/dual_problem.hpp>

/// \file
/// Steps on the dual. Each has `bool advance(problem, state)`, which moves the state by one iteration of one
/// operator pair and is false when no progress can be made, and `reset()`, called when delta has changed.

namespace bregman {

/// Gradient steps of length h / (delta ||A||^2): converges for h < 2. The classical linearised Bregman
/// iteration. With kicking (Osher, Mao, Dong, Yin 2010) a stagnating residual makes s steps at once, where s
/// is the first number of steps at which a zero of x becomes non-zero: z moves on the zeros only.
template <class T>
class fixed_step {
  public:
    fixed_step(T h, T norm_squared, bool kicking, T kick_tolerance)
        : h_(h), norm_squared_(norm_squared), kicking_(kicking), kick_tolerance_(kick_tolerance) {}

    template <class Problem>
    bool advance(Problem& problem, dual_state<T>& at) {
        problem.a.apply_transposed(at.residual, w_);
        const T t = h_ / (problem.primal.delta * norm_squared_);
        const T before = at.residual.norm();
        const bool kicks = kicking_ && stagnates_;
        if (kicks)
            kick(problem, at, t);
        else
            problem.move(at, t, at.residual, w_);
        problem.update(at);
        // A kick leaves the support alone, which therefore gets a step of its own after each.
        stagnates_ = !kicks && std::abs(at.residual.norm() - before) <= kick_tolerance_ * before;
        return t > T(0);
    }
    void reset() { stagnates_ = false; }

  private:
    template <class Problem>
    void kick(Problem& problem, dual_state<T>& at, T t) {
        const T lambda = problem.primal.lambda;
        T steps = infinity_of<T>();
        for (index_t i = 0; i < at.z.size(); ++i)
            if (at.x[i] == T(0) && w_[i] != T(0))
                steps = std::min(steps, std::ceil((lambda + sign(w_[i]) * at.z[i]) / (t * std::abs(w_[i]))));
        steps = is_finite(steps) ? std::max(steps, T(1)) : T(1);
        at.y -= steps * t * at.residual;
        for (index_t i = 0; i < at.z.size(); ++i)
            if (at.x[i] == T(0)) at.z[i] -= steps * t * w_[i];
    }

    T h_, norm_squared_;
    bool kicking_;
    T kick_tolerance_;
    bool stagnates_ = true; // at the start x = 0 and stays 0 until z leaves [-lambda, lambda]
    dense_vector<T> w_;
};

/// Nesterov's acceleration of fixed steps (Huang, Ma, Goldfarb 2013), begun anew when momentum points uphill
/// (O'Donoghue, Candes 2015) where `restart` is on.
template <class T>
class accelerated_step {
  public:
    accelerated_step(T h, T norm_squared, bool restart) : h_(h), norm_squared_(norm_squared), restart_(restart) {}

    template <class Problem>
    bool advance(Problem& problem, dual_state<T>& at) {
        problem.a.apply_transposed(at.residual, w_);
        const T t = h_ / (problem.primal.delta * norm_squared_);
        if (y_.size() == 0) y_ = at.y, z_ = at.z;
        y_new_ = at.y - t * at.residual;
        z_new_ = at.z - t * w_;
        if (restart_ && at.residual.dot(y_new_ - y_) > T(0)) theta_ = 1;
        const T next = T(0.5) * theta_ * (std::sqrt(theta_ * theta_ + 4) - theta_);
        const T beta = theta_ * (1 - theta_) / (theta_ * theta_ + next);
        at.y = y_new_ + beta * (y_new_ - y_);
        at.z = z_new_ + beta * (z_new_ - z_);
        theta_ = next;
        y_.swap(y_new_), z_.swap(z_new_);
        problem.update(at);
        return t > T(0);
    }
    void reset() {
        theta_ = 1;
        y_.resize(0), z_.resize(0);
    }

  private:
    T h_, norm_squared_;
    bool restart_;
    T theta_ = 1;
    dense_vector<T> w_, y_, z_, y_new_, z_new_;
};

/// Gradient steps of length ||r||^2 / (delta ||A^T r||^2) (Lorenz, Schoepfer, Wenger 2014): no ||A|| needed.
template <class T>
class dynamic_step {
  public:
    template <class Problem>
    bool advance(Problem& problem, dual_state<T>& at) {
        problem.a.apply_transposed(at.residual, w_);
        const T squares = w_.squaredNorm();
        if (!(squares > T(0))) return false;
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
  public:
    template <class Problem>
    bool advance(Problem& problem, dual_state<T>& at) {
        problem.a.apply_transposed(at.residual, w_);
        const T guess = at.residual.squaredNorm() / (problem.primal.delta * w_.squaredNorm());
        const T t = exact_step(problem.primal, at.z, w_, problem.b.dot(at.residual), guess);
        if (!(t > T(0)) || !is_finite(t)) return false;
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
  public:
    explicit barzilai_borwein_step(int memory) : memory_(std::size_t(memory)) {}

    template <class Problem>
    bool advance(Problem& problem, dual_state<T>& at) {
        problem.a.apply_transposed(at.residual, w_);
        const T squares = at.residual.squaredNorm();
        T t = length(problem, at, squares);
        if (!(t > T(0)) || !is_finite(t)) return false;
        if (values_.empty()) values_.push_back(problem.objective(at, T(0), at.residual, w_, trial_, x_));
        const T highest = *std::max_element(values_.begin(), values_.end());
        const T rounding = 16 * std::numeric_limits<T>::epsilon() * std::abs(highest);
        T value = 0;
        for (int halvings = 0;; ++halvings, t /= 2) {
            if (halvings == 40) return false;
            value = problem.objective(at, t, at.residual, w_, trial_, x_);
            if (value <= highest - T(1e-4) * t * squares + rounding) break;
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
    T length(Problem& problem, const dual_state<T>& at, T squares) const {
        if (previous_.size() > 0) {
            const T curvature = previous_.squaredNorm() - previous_.dot(at.residual); // s'q / last
            if (curvature > T(0)) return last_ * previous_.squaredNorm() / curvature;
        }
        const T guess = squares / (problem.primal.delta * w_.squaredNorm());
        return exact_step(problem.primal, at.z, w_, problem.b.dot(at.residual), guess);
    }

    std::size_t memory_;
    std::vector<T> values_;
    T last_ = 0;
    dense_vector<T> w_, previous_, trial_, x_;
};

/// L-BFGS on f (Nocedal 1980; for this dual: Yin 2010) with exact line searches.
template <class T>
class lbfgs_step {
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
        T inner;
    };

    template <class Problem>
    bool step(Problem& problem, dual_state<T>& at) {
        direction(at.residual);
        problem.a.apply_transposed(d_, w_);
        const T slope = at.residual.dot(d_);
        if (!(slope > T(0))) return false;
        const T guess = slope / (problem.primal.delta * w_.squaredNorm());
        const T t = exact_step(problem.primal, at.z, w_, problem.b.dot(d_), guess);
        if (!(t > T(0)) || !is_finite(t)) return false;
        move next{-t * d_, at.residual, 0};
        problem.move(at, t, d_, w_);
        problem.update(at);
        next.q = at.residual - next.q;
        next.inner = next.s.dot(next.q);
        if (next.inner > std::numeric_limits<T>::epsilon() * next.s.norm() * next.q.norm()) {
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
            alpha_[i] = moves_[i].s.dot(d_) / moves_[i].inner;
            d_ -= alpha_[i] * moves_[i].q;
        }
        if (!moves_.empty()) d_ *= moves_.back().inner / moves_.back().q.squaredNorm();
        for (std::size_t i = 0; i < moves_.size(); ++i)
            d_ += (alpha_[i] - moves_[i].q.dot(d_) / moves_[i].inner) * moves_[i].s;
    }

    std::size_t memory_;
    std::vector<move> moves_;
    std::vector<T> alpha_;
    dense_vector<T> d_, w_;
};

} // namespace bregman
