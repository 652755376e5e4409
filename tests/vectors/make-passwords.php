<?php
// Hashes by PHP's own functions, and by the phpass that WordPress ships: one JSON array on standard output.
// Usage: php make-passwords.php <class-phpass.php of WordPress 6.7 or older>
require $argv[1];

const ASCII = 'correct horse battery staple';
const UTF8 = 'Pässwört für Zoë 🚪';
define('LONG', str_repeat('nine and seventy bytes and more, ', 4) . 'the end');
const PADDED = "  blanks at both ends \t";
const QUOTED = 'it\'s "quoted" with a \\';

$vectors = [];
function put(string $format, string $made_by, string $password, string $stored, array $more = []): void
{
    global $vectors;
    $vectors[] = ['format' => $format, 'made_by' => $made_by, 'password' => $password, 'stored' => $stored] + $more;
}

/** A form of Vestibule's own: its steps, the salt in base 64 without padding, the output. */
function form(string $steps, string $salt, string $output): string
{
    return '$vestibule$' . $steps . '$' . rtrim(base64_encode($salt), '=') . '$' . $output;
}

// bcrypt and argon2 by password_hash; 2x and 2a by crypt, which still has crypt_blowfish's old bug for 2x.
foreach ([ASCII, UTF8, PADDED] as $at => $password) {
    put('bcrypt 2y', 'PHP password_hash', $password, password_hash($password, PASSWORD_BCRYPT, ['cost' => $at ? 5 : 12]));
    put('argon2i', 'PHP password_hash', $password, password_hash($password, PASSWORD_ARGON2I, $at ? ['memory_cost' => 1024, 'time_cost' => 2] : []));
    put('argon2id', 'PHP password_hash', $password, password_hash($password, PASSWORD_ARGON2ID, $at ? ['memory_cost' => 1024, 'time_cost' => 2] : []));
}
$twin = substr(LONG, 0, 72) . ' and another end';
put('bcrypt 2y', 'PHP password_hash', LONG, password_hash(LONG, PASSWORD_BCRYPT, ['cost' => 14]), ['also' => [$twin]]);
foreach (['2a', '2x'] as $kind) {
    foreach ([ASCII, UTF8, 'ÿÿ ÀÉÎÕÜ äëïöü ßçñ', LONG] as $password) {
        $salt = substr(strtr(base64_encode(random_bytes(18)), '+', '.'), 0, 21) . 'O';
        put("bcrypt $kind", 'PHP crypt', $password, crypt($password, "\$$kind\$05\$$salt"), $password === LONG ? ['also' => [$twin]] : []);
    }
}

// WordPress: its own phpass at its own cost. Its forms put backslashes before quotes; its login trims.
$phpass = new PasswordHash(8, true);
foreach ([ASCII, UTF8, LONG, PADDED, QUOTED] as $password) {
    put('phpass $P$', "WordPress's class-phpass.php", $password, $phpass->HashPassword(trim(addslashes($password))), ['also' => [" $password\n"]]);
    $hash = hash_hmac('sha384', trim(addslashes($password)), 'wp-sha384', true);
    $stored = '$wp' . password_hash(base64_encode($hash), PASSWORD_BCRYPT, ['cost' => $password === ASCII ? 10 : 5]);
    put('WordPress $wp$2y$', 'PHP password_hash and hash_hmac', $password, $stored, ['also' => [" $password\n"]]);
}

// Magento, as its Encryptor does it: each version hashes the output of the one before, with the same salt.
function magento(string $versions, string $password, string $salt): string
{
    $output = $password;
    foreach (explode(':', $versions) as $version) {
        if ($version === '0' || $version === '1') {
            $output = hash($version === '0' ? 'md5' : 'sha256', $salt . $output);
            continue;
        }
        [, $bytes, $passes, $memory] = $version === '2' ? [0, 32, 2, 67108864] : array_map('intval', explode('_', $version));
        $cut = strlen($salt) < 16 ? str_pad($salt, 16, $salt) : substr($salt, 0, 16);
        $output = bin2hex(sodium_crypto_pwhash($bytes, $output, $cut, $passes, $memory, SODIUM_CRYPTO_PWHASH_ALG_ARGON2ID13));
    }
    return $output;
}
$steps = [
    '0' => 'md5-salt-first', '1' => 'sha256-salt-first', '2' => 'argon2id-32-2-65536',
    '3_32_2_67108864' => 'argon2id-32-2-65536', '3_32_4_33554432' => 'argon2id-32-4-32768',
];
foreach (['0', '1', '2', '3_32_2_67108864', '3_32_4_33554432', '0:1', '0:2', '1:2', '0:1:2', '1:3_32_2_67108864', '2:3_32_2_67108864'] as $versions) {
    foreach ([[ASCII, 'R4xQ2mVb9ZtYk1LdWc8NfHs7GjPe3UaT'], [UTF8, 'short$:!'], [LONG, 'exactly 16 bytes']] as [$password, $salt]) {
        $output = magento($versions, $password, $salt);
        $form = form(implode('+', array_map(fn ($version) => $steps[$version], explode(':', $versions))), $salt, $output);
        put("Magento 2 :$versions", 'PHP hash and sodium_crypto_pwhash', $password, $form, ['original' => "$output:$salt:$versions"]);
    }
}

foreach ([ASCII, UTF8, LONG, PADDED] as $password) {
    $output = md5("xY$password");
    put('Magento 1', 'PHP md5', $password, form('md5-salt-first', 'xY', $output), ['original' => "$output:xY"]);
    $key = 'ZVjhLAUoqJ3xZEwC0HcVAxBIVnqlVMvGbqGrJqRZMwVtOaKkLxXAyTzA';
    put('PrestaShop 1.6', 'PHP md5', $password, form('md5-salt-first', $key, md5($key . $password)), ['original' => md5($key . $password)]);
    $output = sha1('kP3xW9zQ1' . sha1('kP3xW9zQ1' . sha1($password)));
    put('OpenCart', 'PHP sha1', $password, form('sha1+sha1-salt-first+sha1-salt-first', 'kP3xW9zQ1', $output), ['original' => $output]);
    foreach (['md5', 'sha1', 'sha256', 'sha512'] as $function) {
        put("$function", 'PHP hash', $password, form($function, '', hash($function, $password)));
        put("$function, salt first", 'PHP hash', $password, form("$function-salt-first", 'säl$t:', hash($function, "säl\$t:$password")));
        put("$function, salt last", 'PHP hash', $password, form("$function-salt-last", 'säl$t:', strtoupper(hash($function, "{$password}säl\$t:"))));
    }
}

echo json_encode($vectors, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR);
