#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/concepts.hpp>
#include <bregman/policy/state_visit.hpp>
#include <bregman/step/by_kind.hpp>
#include <bregman/tensors/parameters.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// How one step over a list of tensors is cut into chunks. It depends on the tensors alone, never on the
/// number of threads, so that sums over chunks have the same bits everywhere. Made when a list is first seen, and anew
/// when what it was made from has changed.
struct work_plan {
    struct tensor {
        index_t offset; ///< of its state in the optimizer's buffers
        index_t size;
        index_t group;       ///< its parameter group
        bool grouped;        ///< needs norms of groups: chunks then count groups, not elements
        bool whole;          ///< needs all of the tensor at once: it is one chunk
        group_layout layout; ///< meaningful when grouped
        tensor_shape shape;
        const void* theta;           ///< where it was last seen
        index_t first = 0, last = 0; ///< the elements, or groups, whose state this process has: all, unless shared out

        /// Elements of a unit that chunks count.
        index_t unit() const { return grouped ? layout.size : 1; }
        /// Whether a chunk's elements are neighbours in memory.
        bool contiguous() const { return !grouped || layout.inner == 1; }
    };
    struct chunk {
        index_t tensor;
        index_t first, last; ///< elements of the tensor, or groups
    };

    /// What a list says of a parameter group that steps depend on.
    struct group_facts {
        bool counted, regularized, has_least_density;
        bool operator==(const group_facts&) const = default;
    };

    std::vector<tensor> tensors;
    std::vector<chunk> chunks;
    std::vector<group_facts> facts;      ///< of each parameter group
    std::vector<std::size_t> kinds;      ///< of each parameter group's regularizer: which alternative of a variant
    index_t size = 0;                    ///< elements of the state that this process has
    index_t own_first = 0, own_last = 0; ///< its chunks: all, unless the plan is shared out
    std::vector<index_t>
        shares; ///< where each process's elements begin and the last one's end; empty unless shared out

    /// T is the scalar that policies compute in; theta may be stored in another.
    template <class T, class Stored, class Regularizer>
    static work_plan make(const parameter_list<Stored, Regularizer>& parameters, index_t chunk_size) {
        work_plan plan;
        for (const auto& group : parameters.groups()) {
            plan.kinds.push_back(regularizer_kind(group.regularizer));
            plan.facts.push_back(facts_of(group));
        }
        for (const auto& entry : parameters.entries()) {
            tensor t{plan.size, entry.size, entry.group, false, false, {}, entry.shape, entry.theta};
            with_regularizer(parameters.group_of(entry).regularizer, [&]<class R>(const R& regularizer) {
                validate(regularizer, entry.shape);
                if (entry.size == 0) return; // nothing to do, whatever its groups would be
                if constexpr (grouped_regularizer<R, T>) {
                    t.layout = regularizer.groups(entry.shape);
                    check_layout(t.layout, entry.size, regularizer);
                    t.grouped = t.layout.size > 1 || !has_form_for_single_elements<R>;
                } else {
                    t.whole = !elementwise_regularizer<R, T>;
                }
            });
            plan.cut(t, t.whole ? std::max<index_t>(1, t.size) : chunk_size);
            plan.tensors.push_back(t);
            plan.size += entry.size;
        }
        plan.own_last = index_t(plan.chunks.size());
        return plan;
    }

    /// Leaves the state of this process, a run of chunks, where before it was that of all. The runs of the `processes` follow
    /// each other and hold about as many elements each. A tensor whose groups are not contiguous stays whole.
    void share_out(int rank, int processes) {
        const index_t all = size;
        std::vector<index_t> first_chunks;
        std::size_t c = 0;
        index_t begin = 0;
        const auto begin_of = [&](std::size_t number) {
            if (number == chunks.size()) return all;
            const tensor& t = tensors[std::size_t(chunks[number].tensor)];
            return t.offset + chunks[number].first * t.unit();
        };
        const auto is_edge = [&](std::size_t number) {
            return number == chunks.size() || chunks[number].first == 0 ||
                   tensors[std::size_t(chunks[number].tensor)].contiguous();
        };
        for (int p = 0; p < processes; ++p) {
            const index_t wanted = index_t(double(all) * p / processes);
            while (begin < wanted) { // to the edge that is nearest
                std::size_t next = c + 1;
                while (!is_edge(next)) ++next;
                const index_t end = begin_of(next);
                if (end > wanted && end - wanted > wanted - begin) break;
                c = next;
                begin = end;
            }
            first_chunks.push_back(index_t(c));
            shares.push_back(begin);
        }
        first_chunks.push_back(index_t(chunks.size()));
        shares.push_back(all);
        own_first = first_chunks[std::size_t(rank)];
        own_last = first_chunks[std::size_t(rank) + 1];
        for (tensor& t : tensors) {
            t.offset -= shares[std::size_t(rank)];
            t.first = t.last = 0;
        }
        for (index_t own = own_last - 1; own >= own_first; --own) {
            tensor& t = tensors[std::size_t(chunks[std::size_t(own)].tensor)];
            t.first = chunks[std::size_t(own)].first;
            t.last = std::max(t.last, chunks[std::size_t(own)].last);
        }
        size = shares[std::size_t(rank) + 1] - shares[std::size_t(rank)];
    }

    /// Refuses settings of a regularizer, and shapes that it cannot be used on.
    template <class R>
    static void validate(const R& regularizer, const tensor_shape& shape) {
        if constexpr (requires { regularizer.validate(); }) regularizer.validate();
        if constexpr (requires { regularizer.validate(shape); }) regularizer.validate(shape);
    }

    /// Whether the list is what the plan was made from, wherever its memory is now. Throws where a regularizer's settings have
    /// become none.
    template <class Stored, class Regularizer>
    bool is_of(const parameter_list<Stored, Regularizer>& parameters) const {
        const auto& entries = parameters.entries();
        const auto& groups = parameters.groups();
        if (entries.size() != tensors.size() || groups.size() != kinds.size()) return false;
        for (std::size_t i = 0; i < entries.size(); ++i)
            if (entries[i].group != tensors[i].group || entries[i].shape != tensors[i].shape) return false;
        for (std::size_t g = 0; g < groups.size(); ++g)
            if (regularizer_kind(groups[g].regularizer) != kinds[g] || facts_of(groups[g]) != facts[g]) return false;
        for (std::size_t i = 0; i < entries.size(); ++i)
            if (!with_regularizer(parameters.group_of(entries[i]).regularizer, [&]<class R>(const R& regularizer) {
                    validate(regularizer, entries[i].shape);
                    if constexpr (requires { regularizer.groups(entries[i].shape); })
                        return entries[i].size == 0 || regularizer.groups(entries[i].shape) == tensors[i].layout;
                    else
                        return true;
                }))
                return false;
        return true;
    }

  private:
    template <class Group>
    static group_facts facts_of(const Group& group) {
        return {group.counted, is_regularized(group), group.least_density > 0};
    }
    /// A layout that does not cover the tensor would reach beyond it, or leave some of it out.
    template <class R>
    static void check_layout(const group_layout& layout, index_t size, const R& regularizer) {
        const auto divides = [](index_t part, index_t whole) { return part > 0 && whole % part == 0; };
        const bool covers = divides(layout.size, size) && divides(layout.inner, size / layout.size) &&
                            layout.outer == size / layout.size / layout.inner;
        if (!covers)
            refuse("groups of \"" + policy_name(regularizer) + "\"",
                   std::to_string(layout.outer) + " x " + std::to_string(layout.size) + " x " +
                       std::to_string(layout.inner),
                   "outer x size x inner = " + std::to_string(size) + ", the elements of the tensor",
                   "let groups(shape) put each element into one group");
    }
    void cut(tensor& t, index_t chunk_size) {
        const index_t units = t.grouped ? t.layout.groups() : t.size;
        t.last = units;
        const index_t per_chunk = t.grouped ? std::max<index_t>(1, chunk_size / t.layout.size) : chunk_size;
        for (index_t first = 0; first < units; first += per_chunk)
            chunks.push_back({index_t(tensors.size()), first, std::min(first + per_chunk, units)});
    }
};

} // namespace bregman
