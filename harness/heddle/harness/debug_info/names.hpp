// Names as text: what compilers, linker and demangler spell differently, brought into one form.
//
// Source: Itanium C++ ABI 5.1 (mangled names); what g++'s and clang's demanglers print. Complexity: linear in
// the text, but for fingerprint, which sorts its words.
#pragma once

#include <string>
#include <string_view>

namespace heddle::harness::debug_info {

/// What stands for a closure type and for its call operator.
inline constexpr std::string_view lambda_name = "{lambda}";

/// The text itself if it is no mangled name.
std::string demangle(const char* mangled);

/// "push" of "push<int>"; operators keep their symbol.
std::string_view without_template_arguments(std::string_view name);

/// Appends "::name", or "name" to an empty path. A lambda's call operator adds nothing to the lambda.
void append_scope(std::string& path, std::string_view name);

/// "demo::run::local" of "int demo::(anonymous namespace)::run<int>(long)::local": the form in which a
/// demangled name is shown, and in which it is comparable with the scopes that DWARF nests.
std::string plain_path(std::string_view demangled);

/// The words and numbers of a type's name in sorted order, without those that compilers and demangler place
/// or spell differently ("char const*" and "const char *", "4ul" and "4", "unsigned long" and "long unsigned
/// int").
std::string fingerprint(std::string_view name);

/// Whether a member function of this linkage name belongs to the class of this mangled type name (as
/// type_info has it).
bool is_member_of(std::string_view linkage, std::string_view type);

}  // namespace heddle::harness::debug_info
