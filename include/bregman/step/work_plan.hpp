#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include <bregman/concepts.hpp>
#include <bregman/tensors/parameters.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// Whether a grouped regularizer names the element-wise one that it is for groups of one element
/// (`using of_single_elements = l1;`), which saves the norms. `void` says that there is none.
template <class R>
inline constexpr bool has_form_for_single_elements = requires {
    typename R::of_single_elements;
    requires !std::is_void_v<typename R::of_single_elements>;
};

/// How one step over a list of tensors is cut into chunks. It depends on the tensors alone, never on the
/// number of threads, so that sums over chunks have the same bits everywhere. Made once, at the first step.
struct work_plan {
    struct tensor {
        index_t offset; ///< of its state in the optimizer's buffers
        index_t size;
        index_t group;       ///< its parameter group
        bool grouped;        ///< needs norms of groups: chunks then count groups, not elements
        bool whole;          ///< needs all of the tensor at once: it is one chunk
        group_layout layout; ///< meaningful when grouped
    };
    struct chunk {
        index_t tensor;
        index_t first, last; ///< elements of the tensor, or groups
    };

    std::vector<tensor> tensors;
    std::vector<chunk> chunks;
    index_t size = 0; ///< elements in all tensors

    /// T is the scalar that policies compute in; theta may be stored in another.
    template <class T, class Stored, class Regularizer>
    static work_plan make(const parameter_list<Stored, Regularizer>& parameters, index_t chunk_size) {
        work_plan plan;
        for (const auto& entry : parameters.entries()) {
            tensor t{plan.size, entry.size, entry.group, false, false, {}};
            with_regularizer(parameters.group_of(entry).regularizer, [&]<class R>(const R& regularizer) {
                if constexpr (requires { regularizer.validate(); }) regularizer.validate();
                if constexpr (requires { regularizer.validate(entry.shape); }) regularizer.validate(entry.shape);
                if constexpr (grouped_regularizer<R, T>) {
                    t.layout = regularizer.groups(entry.shape);
                    t.grouped = t.layout.size > 1 || !has_form_for_single_elements<R>;
                } else {
                    t.whole = !elementwise_regularizer<R, T>;
                }
            });
            plan.cut(t, t.whole ? std::max<index_t>(1, t.size) : chunk_size);
            plan.tensors.push_back(t);
            plan.size += entry.size;
        }
        return plan;
    }

  private:
    void cut(const tensor& t, index_t chunk_size) {
        const index_t units = t.grouped ? t.layout.groups() : t.size;
        const index_t per_chunk = t.grouped ? std::max<index_t>(1, chunk_size / t.layout.size) : chunk_size;
        for (index_t first = 0; first < units; first += per_chunk)
            chunks.push_back({index_t(tensors.size()), first, std::min(first + per_chunk, units)});
    }
};

} // namespace bregman
