#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// J(x) = sum |x_(i+1) - x_i| of a signal: prox makes it piecewise constant (Rudin, Osher, Fatemi 1992 in one
/// dimension, also the fused lasso's penalty).
///
/// The signals of a tensor are the lines along its contiguous index: the rows of a row-major matrix, the
/// columns of a column-major one, the whole of a vector. Elements that are zero stay what they are: combine
/// it with a fixed lambda, for a piecewise constant signal need not be sparse.
///
/// prox pulls a string taut through the tube of radius t around the running sum (Davies and Kovac 2001; the
/// shortest path is found by the funnel of Lee and Preparata 1984): its slopes are the result. O(n), in
/// double for every T. A tensor regularizer: it runs on the host and allocates O(n).
struct total_variation {
    static constexpr bool is_seminorm = true; // for solvers (solver_regularizer.hpp)
    static constexpr const char* name = "total_variation";

    template <class T>
    T value(const tensor_view<const T>& x) const {
        double sum = 0;
        const index_t n = signal_size(x.shape);
        for (index_t first = 0; first < x.size(); first += n)
            for (index_t i = first + 1; i < first + n; ++i) sum += std::abs(double(x.data[i]) - double(x.data[i - 1]));
        return T(sum);
    }
    /// The smallest one: constant on each constant piece, with the jumps at its ends shared out evenly.
    template <class T>
    void subgradient(const tensor_view<const T>& x, const tensor_view<T>& result) const {
        const index_t n = signal_size(x.shape);
        for (index_t first = 0; first < x.size(); first += n) {
            const T* const signal = x.data + first;
            int entering = 0; // the sign of the jump into the piece
            for (index_t i = 0, j = 0; i < n; i = j) {
                while (j < n && signal[j] == signal[i]) ++j;
                const int leaving = j == n ? 0 : signal[j] > signal[i] ? 1 : -1;
                std::fill(result.data + first + i, result.data + first + j, T(entering - leaving) / T(j - i));
                entering = leaving;
                if (j == i) break; // not a number
            }
        }
    }
    template <class T>
    void prox(const tensor_view<T>& x, T t) const {
        if (t == T(0)) return;
        const index_t n = signal_size(x.shape);
        taut_string<T> string;
        for (index_t first = 0; first < x.size(); first += n) string.pull(x.data + first, n, double(t));
    }

  private:
    static index_t signal_size(const tensor_shape& shape) {
        if (shape.extents.empty() || shape.size() == 0) return 1;
        return shape.order == storage_order::row_major ? shape.extents[shape.extents.size() - 1]
                                                       : shape.extents.front();
    }

    struct vertex {
        index_t at;
        double height;
    };
    static double slope(const vertex& a, const vertex& b) { return (b.height - a.height) / double(b.at - a.at); }

    /// One wall of the funnel: the shortest path from its tip along one side of the tube. front() is the tip.
    class chain {
      public:
        void start(const vertex& tip) { points_.assign(1, tip), first_ = 0; }
        index_t edges() const { return index_t(points_.size() - first_) - 1; }
        const vertex& operator[](index_t i) const { return points_[first_ + std::size_t(i)]; }
        double first_slope() const { return slope((*this)[0], (*this)[1]); }
        double last_slope() const { return slope((*this)[edges() - 1], (*this)[edges()]); }
        const vertex& back() const { return points_.back(); }
        void push_back(const vertex& point) { points_.push_back(point); }
        void pop_back() { points_.pop_back(); }
        void pop_front() { ++first_; }

      private:
        std::vector<vertex> points_;
        std::size_t first_ = 0;
    };

    template <class T>
    class taut_string {
      public:
        /// signal <- prox of the signal. Heights are relative to the first element, which keeps them small
        /// and leaves a constant signal exactly as it is.
        void pull(T* signal, index_t n, double radius) {
            signal_ = signal;
            offset_ = double(signal[0]);
            upper_.start({0, 0});
            lower_.start({0, 0});
            double height = 0;
            for (index_t i = 1; i <= n; ++i) {
                height += double(signal[i - 1]) - offset_;
                const double width = i < n ? radius : 0; // the string is fixed at both ends
                extend(upper_, lower_, {i, height + width}, 1);
                extend(lower_, upper_, {i, height - width}, -1);
            }
            while (upper_.edges() > 0) settle(upper_);
        }

      private:
        /// Adds a point of the tube to its wall. side = 1: the upper wall, whose slopes increase; -1: the
        /// lower.
        void extend(chain& wall, chain& other, const vertex& point, double side) {
            while (wall.edges() > 0 && side * wall.last_slope() >= side * slope(wall.back(), point)) wall.pop_back();
            if (wall.edges() == 0) {
                // Straight from the tip: where that would cross the other wall, the string lies on that wall.
                while (other.edges() > 0 && side * other.first_slope() > side * slope(other[0], point)) settle(other);
                wall.start(other[0]);
            }
            wall.push_back(point);
        }
        /// The first edge of a wall is part of the string.
        void settle(chain& wall) {
            std::fill(signal_ + wall[0].at, signal_ + wall[1].at, T(offset_ + wall.first_slope()));
            wall.pop_front();
        }

        chain upper_, lower_;
        T* signal_ = nullptr;
        double offset_ = 0;
    };
};

} // namespace bregman
