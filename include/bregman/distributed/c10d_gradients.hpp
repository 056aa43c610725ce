#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include <bregman/base/error.hpp>
#include <bregman/distributed/agreement.hpp>
#include <bregman/distributed/c10d.hpp>

namespace bregman {

/// Gradients become their average over all processes, (g_1 + ... + g_N) / N, while backward still runs:
///
///     bregman::gradient_average average(net->parameters(), communicator);
///     loss.backward();   // each full bucket is on its way at once
///     average.wait();    // the gradients are the averages
///     optimizer.step();
///
/// Parameters share buckets of about `bucket_bytes`, in reverse order, which is about that of backward. Buckets leave in their
/// order, the same on all processes. Each g is divided by N first, so that a sum of finite gradients stays finite; all
/// processes get the same bits, so that a gradient that is not finite anywhere is so everywhere and is refused by all
/// optimizers or none (settings.check_finite). The order of the sum is c10d's: it depends on N alone. One process
/// does nothing.
///
/// Only parameters that require a gradient now are averaged. One without a gradient on some processes counts as 0 there;
/// without one on all it stays without. To add up the gradients of several backward passes, pause() before the first and
/// resume() before the last. Hooks (Tensor::register_hook) see a gradient before LibTorch adds it to .grad, so do not change .grad
/// between backward and wait().
///
/// The constructor gives all processes the parameters of process 0, bit by bit, and refuses with std::invalid_argument, on
/// all of them, when their sizes or types differ. backward throws std::invalid_argument where wait() was forgotten.
template <class Group>
class gradient_average {
  public:
    static constexpr std::int64_t usual_bucket_bytes = 25 << 20; ///< 25 MiB

    gradient_average(const std::vector<torch::Tensor>& parameters, c10d_communicator<Group> communicator,
                     std::int64_t bucket_bytes = usual_bucket_bytes)
        : state_(std::make_shared<state>(std::move(communicator))) {
        require(bucket_bytes > 0, "bucket_bytes", bucket_bytes, "> 0", "25 MiB, 26214400, is the default");
        if (state_->all.size() == 1) return;
        check_alike(parameters);
        start_alike(parameters);
        fill_buckets(parameters, bucket_bytes);
        for (std::size_t i = 0; i < state_->slots.size(); ++i)
            hooks_.emplace_back(state_->slots[i].parameter, state_->slots[i].parameter.register_hook(
                                                                [shared = state_, i](const torch::Tensor& gradient) {
                                                                    shared->take(i, gradient);
                                                                }));
    }
    gradient_average(const gradient_average&) = delete;
    gradient_average& operator=(const gradient_average&) = delete;
    ~gradient_average() {
        for (const auto& [parameter, number] : hooks_) parameter.remove_hook(number);
    }

    /// Backward passes from now on only add to .grad.
    void pause() { state_->paused = true; }
    /// Averages again, after pause().
    void resume() { state_->paused = false; }

    /// Sends what has not been sent, waits for all of it and writes the averages to .grad. Once before each step, on all
    /// processes.
    void wait() { state_->wait(); }

    /// How many messages a backward pass makes.
    std::size_t buckets() const { return state_->buckets.size(); }
    /// How many buckets of the last step left while backward ran.
    std::size_t buckets_sent_early() const { return state_->sent_early; }
    /// Of a step, from each process.
    std::int64_t bytes() const {
        std::int64_t sum = 0;
        for (const auto& each : state_->buckets) sum += std::int64_t(each.values.nbytes());
        return sum;
    }

  private:
    /// Where a parameter's gradient lies: in a bucket, from an element on.
    struct slot {
        torch::Tensor parameter;
        std::size_t bucket;
        std::int64_t first;
        std::int64_t flag; ///< the element that says how many processes have this gradient
        bool seen = false;
    };
    struct bucket {
        torch::Tensor values;
        std::size_t parameters = 0, missing = 0;
        c10::intrusive_ptr<c10d::Work> work;
    };

    struct state {
        c10d_communicator<Group> all;
        std::vector<slot> slots;
        std::vector<bucket> buckets;
        std::size_t next = 0, sent_early = 0;
        bool paused = false;
        std::mutex mutex; // backward has a thread for each device

        explicit state(c10d_communicator<Group> communicator) : all(std::move(communicator)) {}

        torch::Tensor place_of(const slot& s) const {
            return buckets[s.bucket].values.narrow(0, s.first, s.parameter.numel()).view(s.parameter.sizes());
        }

        /// Puts a share of a gradient into its bucket; nullptr-like tensors are 0.
        void put(slot& s, const torch::Tensor& gradient) {
            const torch::NoGradGuard no_gradients;
            torch::Tensor place = place_of(s);
            const torch::Tensor before = s.parameter.grad();
            if (gradient.defined())
                place.copy_(gradient);
            else
                place.zero_();
            if (before.defined()) place.add_(before);
            place.div_(double(all.size()));
            buckets[s.bucket].values.narrow(0, s.flag, 1).fill_(gradient.defined() || before.defined() ? 1 : 0);
            s.seen = true;
            --buckets[s.bucket].missing;
        }

        void take(std::size_t i, const torch::Tensor& gradient) {
            const std::lock_guard<std::mutex> lock(mutex);
            if (paused) return;
            require(!slots[i].seen, "gradients of parameter " + std::to_string(i), "two since the last wait()", "one",
                    "call wait() after each backward, or pause() before all but the last");
            put(slots[i], gradient);
            send();
        }

        /// Whatever is full, in order: a bucket does not overtake another.
        void send() {
            for (; next < buckets.size() && buckets[next].missing == 0; ++next) {
                std::vector<torch::Tensor> tensors{buckets[next].values};
                buckets[next].work = all.start_adding_up(tensors);
            }
        }

        void wait() {
            if (buckets.empty()) return;
            const torch::NoGradGuard no_gradients;
            sent_early = next;
            for (slot& s : slots)
                if (!s.seen) put(s, {});
            send();
            // Begins anew whatever happens: who catches what is thrown may make another step.
            next = 0;
            for (slot& s : slots) s.seen = false;
            for (bucket& b : buckets) b.missing = b.parameters;
            for (bucket& b : buckets) all.finish("averaging gradients", [&] { return b.work; });
            for (slot& s : slots) {
                if (buckets[s.bucket].values[s.flag].template item<double>() == 0) continue; // nobody has one
                torch::Tensor& gradient = s.parameter.mutable_grad();
                if (!gradient.defined()) gradient = torch::empty_like(s.parameter);
                gradient.copy_(place_of(s));
            }
        }
    };

    /// The same parameters on all processes, or a refusal by all.
    void check_alike(const std::vector<torch::Tensor>& parameters) {
        named_values values{{"number of parameters", std::to_string(parameters.size())}};
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            std::string words = toString(parameters[i].scalar_type());
            for (const std::int64_t size : parameters[i].sizes()) words += " x " + std::to_string(size);
            values.emplace_back("parameter " + std::to_string(i),
                                words + (parameters[i].requires_grad() ? "" : ", frozen"));
        }
        check_same(state_->all, values, "start all processes with the same network");
    }

    void start_alike(const std::vector<torch::Tensor>& parameters) {
        const torch::NoGradGuard no_gradients;
        for (const torch::Tensor& parameter : parameters) {
            if (parameter.numel() == 0) continue;
            torch::Tensor values = parameter.detach().contiguous();
            state_->all.broadcast(values, 0);
            if (!values.is_same(parameter)) parameter.detach().copy_(values);
        }
    }

    void fill_buckets(const std::vector<torch::Tensor>& parameters, std::int64_t bucket_bytes) {
        std::vector<std::int64_t> sizes; // of each bucket, in elements
        std::vector<torch::TensorOptions> options;
        std::int64_t bytes = 0;
        auto& slots = state_->slots;
        for (auto parameter = parameters.rbegin(); parameter != parameters.rend(); ++parameter) {
            if (!parameter->requires_grad() || parameter->numel() == 0) continue;
            const bool fits = !slots.empty() && bytes < bucket_bytes &&
                              slots.back().parameter.scalar_type() == parameter->scalar_type() &&
                              slots.back().parameter.device() == parameter->device();
            if (!fits) {
                sizes.push_back(0);
                options.push_back(parameter->options().requires_grad(false));
                bytes = 0;
            }
            slots.push_back({*parameter, sizes.size() - 1, sizes.back(), 0});
            sizes.back() += parameter->numel();
            bytes += std::int64_t(parameter->nbytes());
        }
        state_->buckets.resize(sizes.size());
        for (slot& s : slots) {
            bucket& b = state_->buckets[s.bucket];
            s.flag = sizes[s.bucket] + std::int64_t(b.parameters);
            b.missing = ++b.parameters;
        }
        for (std::size_t b = 0; b < sizes.size(); ++b)
            state_->buckets[b].values =
                torch::zeros({sizes[b] + std::int64_t(state_->buckets[b].parameters)}, options[b]);
    }

    std::shared_ptr<state> state_; // hooks of a backward that is under way may outlive this object
    std::vector<std::pair<torch::Tensor, unsigned>> hooks_;
};

} // namespace bregman
