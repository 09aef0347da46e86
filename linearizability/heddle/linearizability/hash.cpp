#include <bit>
#include <cmath>

#include <heddle/linearizability/hash.hpp>

namespace heddle::detail {

std::uint64_t hash_text(std::string_view text) {
  std::uint64_t hash = mix(text.size() + 7);
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])) << (8 * (i % 8));
    if (i % 8 == 7 || i + 1 == text.size()) {
      hash = combine(hash, word);
      word = 0;
    }
  }
  return hash;
}

std::uint64_t hash_real(double number) {
  if (std::isnan(number)) return mix(11);
  if (number == 0) number = 0;  // −0 equals +0
  return mix(std::bit_cast<std::uint64_t>(number) + 13);
}

}  // namespace heddle::detail
