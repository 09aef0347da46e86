#include <charconv>

#include <heddle/harness/seed.hpp>

namespace heddle::harness {

std::optional<std::uint64_t> parse_seed(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t seed = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, seed, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != last) return std::nullopt;
  return seed;
}

}  // namespace heddle::harness
