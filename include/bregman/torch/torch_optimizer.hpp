#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include <bregman/backends/forward.hpp>
#include <bregman/base/error.hpp>
#include <bregman/base/finite.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/control/settling.hpp>
#include <bregman/io/state_file.hpp>
#include <bregman/mirror_maps/euclidean.hpp>
#include <bregman/optimizer.hpp>
#include <bregman/tensors/sparse_initialisation.hpp>
#include <bregman/torch/default_stream.hpp>
#include <bregman/torch/parameter_group.hpp>
#include <bregman/torch/tensor_view.hpp>

/// \file
/// A torch::optim::Optimizer over any backend, which the including file chooses: <bregman/torch.hpp> or
/// <bregman/torch_thrust.hpp>.

namespace bregman::libtorch {

/// LinBreg, AdaBreg and their relatives for LibTorch modules. Parameters and gradients are used in place: one pass over
/// memory for all tensors together, non-zeros counted in it.
///
///     bregman::libtorch::adabreg<> optimizer(bregman::libtorch::weights_and_rest(net->parameters()),
///                                            {.lambda = 1, .target = 0.9f});
///     optimizer.thin_out({.density = 0.01});
///     loss.backward(); optimizer.step(); optimizer.last().sparsity ...
///
/// `Regularizer` is what a group may have: any regularizer or a std::variant of some, your own among them; `Mirror` is
/// any mirror map that has a closed form with each. T is float or double and must be the type of every parameter; under
/// autocast parameters and gradients stay float32, so nothing changes. The law is any control law of T. All parameters
/// are on one device, that of the backend.
///
/// It behaves as torch::optim's optimizers do. Each group is one of LibTorch's param_groups with a learning rate of its
/// own, which schedulers set; 0 holds it still. Groups and parameters may be added between steps; a new one starts from
/// its theta. A parameter without a gradient, or frozen by requires_grad_(false), takes no part in a step, and a
/// direction's moments are corrected for the steps that the parameter has made. Parameters are looked at in every step:
/// memory may move and change its order (channels_last), sizes, type and device may not.
///
/// Errors: std::invalid_argument for tensors of another type, on another device, with gaps, that share memory, or that
/// are not leaves; then nothing has changed.
template <class Direction, class T = float, class Regularizer = any_regularizer, class Mirror = euclidean<T>,
          class Backend = eigen_backend<T>>
class torch_optimizer : public torch::optim::Optimizer {
  public:
    /// The optimizer of the library that makes the steps.
    using core_type = bregman::optimizer<Direction, Mirror, Regularizer, any_law<T>, Backend>;
    using settings = optimizer_settings<T>;
    /// What a group of parameters can be told.
    using group = parameter_group<Regularizer>;
    /// What torch::optim keeps for a group.
    using options = group_options<Regularizer>;

    explicit torch_optimizer(std::vector<group> groups, settings s = {}, any_law<T> law = settling_law(),
                             Direction direction = {}, Mirror mirror = {}, Backend backend = {})
        : torch::optim::Optimizer(torch_groups(groups, rate_of(s)), std::make_unique<options>(rate_of(s))),
          core_(std::move(s), std::move(direction), std::move(mirror), default_regularizer<Regularizer>, std::move(law),
                std::move(backend)) {
        // LibTorch 2.15 puts the defaults in the place of options that are not of its own optimizers.
        for (std::size_t g = 0; g < groups.size(); ++g)
            param_groups()[g].set_options(std::make_unique<options>(groups[g], defaults().get_lr()));
        take_in_new_parameters();
    }

    /// Evaluates the closure, if there is one, and makes one step. A gradient that is not finite is refused:
    /// then last().refused is true and nothing has changed.
    torch::Tensor step(LossClosure closure = nullptr) override {
        torch::Tensor loss;
        if (closure != nullptr) {
            torch::AutoGradMode enable_gradients(true);
            loss = closure();
        }
        const torch::NoGradGuard no_gradients;
        take_in_new_parameters();
        const auto views = view_parameters(true);
        set_step_sizes();
        if (loss.defined()) loss_ = T(loss.template item<double>());
        const std::int64_t steps_before = core_.steps();
        const auto write_back = [&] {
            if (core_.steps() == steps_before) return; // refused
            for (const auto& view : views)
                if (view.gradient) view.write_back();
        };
        try {
            on_device([&] { core_.step(list_, loss_); });
        } catch (...) {
            write_back(); // a law that throws does so after the step
            throw;
        }
        write_back();
        return loss;
    }

    /// Opens one more group; its tensors start from what they are. Nothing changes when it is refused.
    void add_param_group(const group& added) { add_param_group(torch_group(added, learning_rate(), known_.size())); }
    /// The same in LibTorch's words. Without options the group gets the defaults of parameter_group.
    void add_param_group(const torch::optim::OptimizerParamGroup& added) {
        for (std::size_t i = 0; i < added.params().size(); ++i)
            check_new(added.params()[i], known_.size() + i, added.has_options() ? name_in(added) : "parameters");
        torch::optim::Optimizer::add_param_group(added);
        if (added.has_options()) param_groups().back().set_options(added.options().clone()); // as in the constructor
        try {
            take_in_new_parameters();
        } catch (...) {
            param_groups().pop_back();
            throw;
        }
    }

    /// Keeps a random share of the regularized weights; before the first step. Tensors of the group `none`
    /// stay dense. The same weights stay on every device.
    void thin_out(const sparse_initialisation& how) {
        require(core_.size() == 0, "steps", core_.steps(), "0", "thin out before the first step");
        const torch::NoGradGuard no_gradients;
        take_in_new_parameters();
        const auto views = view_parameters(false);
        on_device([&] { bregman::thin_out(list_, how, core_.get_backend()); });
        for (const auto& view : views) view.write_back();
    }

    /// Takes the parameters as they are, after somebody else has changed them: a checkpoint loaded into the module, an
    /// average, a roll-back. Without it the next step undoes the change (optimizer::restart_from).
    void restart_from_parameters() {
        on_parameters([&] { core_.restart_from(list_); });
    }
    /// Zeros stay zeros from now on, and the law is not asked any more (optimizer::freeze). The direction is a with_freeze.
    void freeze() {
        on_parameters([&] { core_.freeze(list_); });
    }
    /// How far the parameters are from the image of v (optimizer::distance_from_image).
    double distance_from_image() {
        double distance = 0;
        on_parameters([&] { distance = core_.distance_from_image(list_); });
        return distance;
    }
    /// Refuses parameters that are not the image of v (optimizer::require_image).
    void require_image() {
        on_parameters([&] { core_.require_image(list_); });
    }

    /// f(parameters) on the list of the parameters as they are, without gradients: for what looks at all of them, as
    /// check_same_state (distributed/agreement.hpp).
    template <class Function>
    void visit_parameters(Function&& f) {
        on_parameters([&] { f(std::as_const(list_)); });
    }

    /// The loss that the control law sees, for callers without a closure.
    void set_loss(double loss) { loss_ = T(loss); }
    /// Of all groups.
    void set_learning_rate(double rate) {
        for (auto& each : param_groups()) each.options().set_lr(rate);
    }
    /// Of the first group.
    double learning_rate() const { return param_groups()[0].options().get_lr(); }

    /// The optimizer itself: lambda(), sparsity(), counts(), set_target(), set_epoch(), ...
    core_type& core() { return core_; }
    const core_type& core() const { return core_; }
    /// What the last step did.
    const step_report<T>& last() const { return core_.last(); }

    /// The parameters of all groups, one after the other.
    std::vector<torch::Tensor> all_parameters() const {
        std::vector<torch::Tensor> tensors;
        for (const auto& each : param_groups())
            tensors.insert(tensors.end(), each.params().begin(), each.params().end());
        return tensors;
    }
    /// The learning rate of all groups; refuses groups with different ones.
    double common_learning_rate() const {
        const double rate = learning_rate();
        for (const auto& each : param_groups())
            require(each.options().get_lr() == rate, "learning rate of group \"" + name_in(each) + "\"",
                    each.options().get_lr(), "that of the first group, " + std::to_string(rate) + ", in resident_steps",
                    "use the optimizer's own step, which takes one for each group");
        return rate;
    }
    /// Parameters and gradients where they are, for steps that stay on the device (torch/resident_steps.hpp).
    typename core_type::parameter_list list_in_place() {
        const torch::NoGradGuard no_gradients;
        take_in_new_parameters();
        constexpr const char* remedy = "use the optimizer's own step, which takes it";
        const double rate = common_learning_rate();
        for (const auto& [tensor, shape, name] : known_) {
            require(takes_part(tensor), "gradient of " + name, "none", "one for each parameter in resident_steps",
                    remedy);
            require(tensor.is_contiguous() && tensor.grad().is_contiguous(), name + " memory",
                    "not in the order of its indices", "contiguous, parameter and gradient, in resident_steps", remedy);
        }
        view_parameters(true);
        auto list = list_;
        for (std::size_t g = 0; g < param_groups().size(); ++g) list.set_step_size(index_t(g), std::nullopt);
        core_.set_step_size(T(rate));
        return list;
    }

    /// Duals, moments, lambda, law, learning rates and settings; not the parameters, which the module saves. The same
    /// file on every device: what was saved on one continues on another.
    void save_state(std::ostream& out) const {
        on_device([&] { bregman::save_state(out, saved_state<const torch_optimizer>{*this}); });
    }
    /// Reads what save_state() wrote. Throws std::invalid_argument, before any change, for that of another optimizer.
    void load_state(std::istream& in) {
        take_in_new_parameters();
        on_device([&] {
            saved_state<torch_optimizer> state{*this};
            bregman::load_state(in, state);
        });
    }

    /// Writes the state into an archive of LibTorch's.
    void save(torch::serialize::OutputArchive& archive) const override {
        std::ostringstream out;
        save_state(out);
        const std::string bytes = out.str();
        torch::Tensor state = torch::empty({std::int64_t(bytes.size())}, torch::kUInt8);
        std::copy(bytes.begin(), bytes.end(), state.template data_ptr<std::uint8_t>());
        archive.write("bregman_state", state, /*is_buffer=*/true);
    }
    /// Reads it back; throws as load_state() does.
    void load(torch::serialize::InputArchive& archive) override {
        torch::Tensor state;
        archive.read("bregman_state", state, /*is_buffer=*/true);
        state = state.cpu(); // an archive may have been opened for a GPU
        const std::uint8_t* bytes = state.template data_ptr<std::uint8_t>();
        std::istringstream in(std::string(bytes, bytes + state.numel()));
        load_state(in);
    }

  private:
    static constexpr torch::DeviceType device_type = device_type_of<Backend>();

    /// A parameter that the optimizer has taken in, as it was then.
    struct known_parameter {
        torch::Tensor tensor;
        tensor_shape shape;
        std::string name; // for messages
    };

    static double rate_of(const settings& s) { return double(s.step_size.value_or(T(Direction::default_step_size))); }

    static std::string name_of(std::size_t i, const std::string& group) {
        return "parameter " + std::to_string(i) + " (group \"" + group + "\")";
    }
    static std::string name_in(const torch::optim::OptimizerParamGroup& group) {
        const auto* ours = dynamic_cast<const options*>(&group.options());
        return ours ? ours->name : "parameters";
    }

    static torch::optim::OptimizerParamGroup torch_group(const group& from, double rate, std::size_t first) {
        for (std::size_t i = 0; i < from.tensors.size(); ++i) { // LibTorch would answer these with a stack trace
            const std::string where = name_of(first + i, from.name);
            require(from.tensors[i].defined(), where, "undefined", "a tensor", "pass module->parameters()");
            require(from.tensors[i].is_leaf(), where, "a computed tensor", "a leaf", "pass module->parameters()");
        }
        return {from.tensors, std::make_unique<options>(from, rate)};
    }
    static std::vector<torch::optim::OptimizerParamGroup> torch_groups(const std::vector<group>& from, double rate) {
        require(!from.empty(), "number of parameter groups", from.size(), ">= 1",
                "pass weights_and_rest(module->parameters())");
        std::vector<torch::optim::OptimizerParamGroup> groups;
        std::vector<torch::Tensor> seen;
        for (const group& each : from) {
            groups.push_back(torch_group(each, rate, seen.size()));
            for (const torch::Tensor& tensor : each.tensors) {
                for (std::size_t j = 0; j < seen.size(); ++j)
                    require(!tensor.is_same(seen[j]), "parameter " + std::to_string(seen.size()),
                            "the same tensor as parameter " + std::to_string(j), "distinct tensors",
                            "put each parameter in one group");
                seen.push_back(tensor);
            }
        }
        return groups;
    }

    /// Refuses what cannot be stepped, before anything has changed.
    static void check_parameter(const torch::Tensor& tensor, const std::string& where) {
        require(tensor.layout() == torch::kStrided, where + " layout", "sparse", "strided", "use dense parameters");
        require(tensor.scalar_type() == scalar_type_of<T>, where + " scalar type", toString(tensor.scalar_type()),
                toString(scalar_type_of<T>), "convert the module with module->to(), or use the optimizer of that type");
        require(tensor.device().type() == device_type, where + " device", tensor.device().str(),
                torch::Device(device_type).str(),
                "move the module there with module->to(), or use the optimizer of the tensor's device");
        require(tensor.is_non_overlapping_and_dense(), where + " memory", "with gaps", "without gaps",
                "replace the parameter by parameter.contiguous()");
    }
    void check_common_device(const torch::Tensor& tensor, const std::string& where) const {
        if (known_.empty()) return;
        const torch::Device common = known_.front().tensor.device();
        require(tensor.device() == common, where + " device", tensor.device().str(),
                common.str() + ", that of parameter 0", "move the whole module to one device with module->to()");
    }
    void check_new(const torch::Tensor& tensor, std::size_t i, const std::string& group_name) const {
        const std::string where = name_of(i, group_name);
        require(tensor.defined(), where, "undefined", "a tensor", "pass module->parameters()");
        require(tensor.is_leaf(), where, "a computed tensor", "a leaf", "pass module->parameters()");
        check_parameter(tensor, where);
        check_common_device(tensor, where);
        for (std::size_t j = 0; j < known_.size(); ++j)
            require(!tensor.is_same(known_[j].tensor), where, "the same tensor as parameter " + std::to_string(j),
                    "distinct tensors", "put each parameter in one group");
    }

    /// Param_groups and their params are LibTorch's to change: what has been added since the last look goes to the end of
    /// the list. All is checked before any of it is taken in.
    void take_in_new_parameters() {
        const auto& groups = param_groups();
        std::vector<std::pair<std::size_t, std::size_t>> added; // group, place in it
        require(groups.size() >= numbers_.size(), "number of torch parameter groups", groups.size(),
                std::to_string(numbers_.size()) + " or more", "make a new optimizer for fewer parameters");
        for (std::size_t g = 0; g < groups.size(); ++g) {
            const auto& params = groups[g].params();
            const std::size_t taken = g < numbers_.size() ? numbers_[g].size() : 0;
            require(groups[g].has_options() && dynamic_cast<const options*>(&groups[g].options()),
                    "options of torch parameter group " + std::to_string(g), "of another optimizer",
                    "bregman::libtorch::group_options, or none",
                    "leave them out, or add a bregman::libtorch::parameter_group");
            require(params.size() >= taken, "number of parameters in torch group " + std::to_string(g), params.size(),
                    std::to_string(taken) + " or more", "make a new optimizer for fewer parameters");
            for (std::size_t p = 0; p < params.size(); ++p) {
                if (p < taken) {
                    const known_parameter& before = known_[std::size_t(numbers_[g][p])];
                    require(params[p].is_same(before.tensor), before.name, "another tensor than in the step before",
                            "the same", "add new parameters at the end of a group");
                } else {
                    check_new(params[p], known_.size() + added.size(), name_in(groups[g]));
                    added.emplace_back(g, p);
                }
            }
        }
        if (added.empty() && groups.size() == numbers_.size()) return;

        auto list = list_;
        for (std::size_t g = numbers_.size(); g < groups.size(); ++g) {
            const auto& from = static_cast<const options&>(groups[g].options());
            list.add_group({.name = from.name,
                            .regularizer = from.regularizer,
                            .lambda_scale = from.lambda_scale,
                            .counted = from.counted,
                            .least_density = from.least_density,
                            .target = from.target});
        }
        std::vector<viewed_parameter<T>> views; // keep copies alive while the core looks
        for (const auto& [g, p] : added) {
            views.emplace_back(groups[g].params()[p], false);
            list.add_view(views.back().theta, nullptr, shape_of(groups[g].params()[p]), index_t(g));
        }
        on_device([&] { core_.bind(list); }); // refuses shared memory and what a regularizer does not take
        list_ = std::move(list);
        numbers_.resize(groups.size());
        for (const auto& [g, p] : added) {
            const torch::Tensor& tensor = groups[g].params()[p];
            numbers_[g].push_back(index_t(known_.size()));
            known_.push_back({tensor, shape_of(tensor), name_of(known_.size(), name_in(groups[g]))});
        }
    }

    /// Looks at every parameter, and at its gradient where that is wanted, and points the list at them.
    std::vector<viewed_parameter<T>> view_parameters(bool with_gradients) {
        for (std::size_t i = 0; i < known_.size(); ++i) {
            const auto& [tensor, shape, name] = known_[i];
            check_parameter(tensor, name);
            check_common_device(tensor, name);
            require(shape_of(tensor) == shape, name + " sizes", sizes_in_words(tensor),
                    "those that it had, " + std::to_string(shape.size()) + " elements",
                    "make a new optimizer for tensors of other sizes");
            if (!with_gradients || !takes_part(tensor)) continue;
            const torch::Tensor& gradient = tensor.grad();
            const std::string of = "gradient " + std::to_string(i);
            require(gradient.layout() == torch::kStrided, "layout of " + of, "sparse", "strided",
                    "use dense gradients");
            require(gradient.device() == tensor.device(), of + " device", gradient.device().str(),
                    tensor.device().str(), "compute the gradient where its parameter is");
            require(gradient.scalar_type() == tensor.scalar_type(), of + " scalar type",
                    toString(gradient.scalar_type()), toString(tensor.scalar_type()),
                    "give the gradient the type of its parameter");
            require(gradient.sizes() == tensor.sizes(), of + " sizes", sizes_in_words(gradient), sizes_in_words(tensor),
                    "pass the gradient of the same parameter");
        }
        std::vector<viewed_parameter<T>> views;
        views.reserve(known_.size());
        for (std::size_t i = 0; i < known_.size(); ++i) {
            const torch::Tensor& tensor = known_[i].tensor;
            views.emplace_back(tensor, with_gradients && takes_part(tensor));
            list_.rebind(index_t(i), views.back().theta, views.back().gradient);
        }
        return views;
    }
    static bool takes_part(const torch::Tensor& parameter) {
        return parameter.requires_grad() && parameter.grad().defined();
    }

    /// f() while the list points at the parameters as they are, without gradients.
    template <class Function>
    void on_parameters(Function&& f) {
        const torch::NoGradGuard no_gradients;
        take_in_new_parameters();
        const auto views = view_parameters(false);
        on_device(f);
    }

    void set_step_sizes() {
        const auto& groups = param_groups();
        for (std::size_t g = 0; g < groups.size(); ++g) list_.set_step_size(index_t(g), groups[g].options().get_lr());
        if (!groups.empty()) core_.set_step_size(T(groups[0].options().get_lr()));
    }

    template <class Function>
    void on_device(Function&& f) const {
        const auto& groups = param_groups();
        for (const auto& each : groups)
            if (!each.params().empty()) return on_default_stream(each.params().front().device(), f);
        f(); // nothing to do it on
    }

    /// The state of the core and the learning rates of the groups, for files.
    template <class Self>
    struct saved_state {
        Self& self;

        std::string description() const { return self.core_.description(); }
        void check_can_be_saved() const { self.core_.check_can_be_saved(); }
        template <class File>
        void check_can_load(const File& file) const {
            step::check_layout_of<T>(file, step::tensor_layout::of(self.list_));
            const std::size_t rates = file.template value<std::vector<double>>("learning_rates").size();
            require(rates == self.param_groups().size(), "number of parameter groups in the state file", rates,
                    "that of the optimizer, " + std::to_string(self.param_groups().size()),
                    "load the state that belongs to these tensors");
        }
        template <class Field>
        void visit(Field&& field) {
            self.core_.visit(field);
            auto rates = learning_rates();
            field("learning_rates", rates);
            if constexpr (requires { std::remove_cvref_t<Field>::loads; })
                for (std::size_t g = 0; g < rates.size(); ++g) self.param_groups()[g].options().set_lr(rates[g]);
        }
        template <class Field>
        void visit(Field&& field) const {
            std::as_const(self.core_).visit(field);
            field("learning_rates", learning_rates());
        }

      private:
        std::vector<double> learning_rates() const {
            std::vector<double> rates;
            for (const auto& group : std::as_const(self).param_groups()) rates.push_back(group.options().get_lr());
            return rates;
        }
    };

    core_type core_;
    typename core_type::parameter_list list_;
    std::vector<known_parameter> known_;        // in the order of the list
    std::vector<std::vector<index_t>> numbers_; // in the list, of each torch group's parameters
    T loss_ = nan_of<T>();
};

} // namespace bregman::libtorch
