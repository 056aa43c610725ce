#pragma once

#include <algorithm>
#include <complex>
#include <type_traits>
#include <utility>

#include <unsupported/Eigen/FFT>

#include <bregman/base/finite.hpp>
#include <bregman/operators/linear_operator.hpp>

namespace bregman {

/// Periodic convolution of a rows x cols image with a small kernel: the blur of image deblurring.
///
///     (A x)(i, j) = sum over (p, q) of kernel(p, q) x(i - p + kernel_rows/2, j - q + kernel_cols/2)
///
/// with indices modulo the image's extents, so that a symmetric kernel of odd extents is centred. Images are
/// vectors of rows * cols elements, column-major, as Eigen stores a matrix. Both products are pointwise in
/// Fourier space; the spectrum of the kernel is made once. T is real or complex. Not for use by two threads at once: copy it.
template <class T>
class convolution_2d {
  public:
    convolution_2d(index_t rows, index_t cols, const dense_matrix<T>& kernel) : spectrum_(rows, cols) {
        require(rows >= 1 && cols >= 1, "image extents", std::min(rows, cols), ">= 1",
                "pass rows and columns of the image");
        require(kernel.rows() >= 1 && kernel.rows() <= rows && kernel.cols() >= 1 && kernel.cols() <= cols,
                "kernel extents", std::max(kernel.rows(), kernel.cols()), "[1, extents of the image]",
                "cut the kernel to the size of the image");
        require(all_finite(kernel), "kernel", "NaN or infinite", "finite numbers", "look at its entries");
        spectrum_.setZero();
        for (index_t q = 0; q < kernel.cols(); ++q)
            for (index_t p = 0; p < kernel.rows(); ++p)
                spectrum_((p - kernel.rows() / 2 + rows) % rows, (q - kernel.cols() / 2 + cols) % cols) += kernel(p, q);
        transform(spectrum_, false);
    }

    index_t rows() const { return spectrum_.size(); }
    index_t cols() const { return spectrum_.size(); }

    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        filter(x, y, [](const complex& image, const complex& kernel) { return image * kernel; });
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        filter(y, x, [](const complex& image, const complex& kernel) { return image * std::conj(kernel); });
    }
    /// The largest |kernel spectrum|^2.
    real_of<T> norm_squared() const { return spectrum_.cwiseAbs2().maxCoeff(); }

  private:
    using complex = std::complex<real_of<T>>;
    using complex_matrix = Eigen::Matrix<complex, Eigen::Dynamic, Eigen::Dynamic>;

    template <class Multiply>
    void filter(const dense_vector<T>& in, dense_vector<T>& out, const Multiply& multiply) const {
        image_ = in.reshaped(spectrum_.rows(), spectrum_.cols()).template cast<complex>();
        transform(image_, false);
        image_ = image_.binaryExpr(spectrum_, multiply);
        transform(image_, true);
        if constexpr (std::is_same_v<T, complex>)
            out = image_.reshaped();
        else
            out = image_.real().reshaped();
    }

    /// Each column, then each row, in place.
    void transform(complex_matrix& image, bool inverse) const {
        for (int direction = 0; direction < 2; ++direction) {
            line_.resize(image.rows());
            for (index_t j = 0; j < image.cols(); ++j) {
                if (inverse)
                    fft_.inv(line_.data(), image.col(j).data(), image.rows());
                else
                    fft_.fwd(line_.data(), image.col(j).data(), image.rows());
                image.col(j) = line_;
            }
            image.transposeInPlace();
        }
    }

    complex_matrix spectrum_;
    mutable complex_matrix image_;
    mutable Eigen::Matrix<complex, Eigen::Dynamic, 1> line_;
    mutable Eigen::FFT<real_of<T>> fft_;
};

} // namespace bregman
