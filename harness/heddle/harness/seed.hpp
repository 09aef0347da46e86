// Seeds as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace heddle::harness {

/// "24301" or "0x5eed"; nothing if it is neither, or does not fit 64 bits.
std::optional<std::uint64_t> parse_seed(std::string_view text);

}  // namespace heddle::harness
