#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace speaker_verification {

/// FNV-1a, 64 bits: names files and notices a changed store; not meant to withstand an adversary.
class fingerprint {
  public:
    void add(const std::string& text) {
        for (const char c : text) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
        value_ = (value_ ^ 0xffu) * 0x100000001b3u;
    }
    std::string hexadecimal() const {
        char text[17];
        std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value_));
        return text;
    }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325u;
};

} // namespace speaker_verification
