#include "speaker_verification/training/checkpoints/checkpoint_history.hpp"

#include "common/atomic_file.hpp"

#include <stdexcept>
#include <system_error>

namespace speaker_verification {

namespace fs = std::filesystem;

namespace {

/// What is wrong, without what to do about it.
std::string complaint(const std::string& sentence) { return sentence.substr(0, sentence.rfind(": ")); }

} // namespace

checkpoint_history::found checkpoint_history::read() {
    std::string wrong;
    try {
        return {last(), read_checkpoint_file(last()), {}};
    } catch (const std::runtime_error& error) {
        if (!fs::exists(previous())) throw;
        wrong = complaint(error.what());
    }
    try {
        found earlier{previous(), read_checkpoint_file(previous()), {}};
        earlier.notice = wrong + "; going on from the one before, '" + previous().string() + "'";
        last_is_good_ = false;
        return earlier;
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(wrong + ", and " + complaint(error.what()) +
                                 ": start from best.checkpoint with --start_from, or train anew");
    }
}

void checkpoint_history::write(const checkpoint_contents& contents) {
    const auto next = folder_ / "next.checkpoint";
    write_checkpoint_file(next, contents);
    if (last_is_good_ && fs::exists(last())) keep_previous();
    std::error_code failure;
    fs::rename(next, last(), failure);
    if (failure) {
        throw std::runtime_error("cannot replace '" + last().string() + "' (" + failure.message() +
                                 "): check the permissions of its folder");
    }
    last_is_good_ = true;
}

/// By a second name for the same file, so that at no moment there is no last checkpoint.
void checkpoint_history::keep_previous() const {
    const auto second_name = examples::temporary_name_beside(previous());
    std::error_code failure;
    fs::remove(second_name, failure);
    fs::create_hard_link(last(), second_name, failure);
    if (failure) fs::copy_file(last(), second_name, fs::copy_options::overwrite_existing, failure);
    if (!failure) fs::rename(second_name, previous(), failure);
    if (failure) {
        throw std::runtime_error("cannot keep '" + last().string() + "' as '" + previous().string() + "' (" +
                                 failure.message() + "): check the space left on the disk");
    }
}

} // namespace speaker_verification
